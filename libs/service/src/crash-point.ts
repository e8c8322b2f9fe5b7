/**
 * Point at which chaos tests kill a process. `TIDINGS_CRASH_AT=dispatch.fact_stored:3` kills it with SIGKILL the third time it
 * gets there. Without the variable, which is read once, and always in production, a crash point is an empty function.
 */
const [point, nth = '1'] = (process.env['NODE_ENV'] === 'production' ? '' : (process.env['TIDINGS_CRASH_AT'] ?? '')).split(':');
let left = Number(nth);

export const crashPoint: (name: string) => void =
  point === ''
    ? () => undefined
    : (name) => {
        if (name === point && --left === 0) process.kill(process.pid, 'SIGKILL');
      };
