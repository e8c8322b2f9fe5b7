import { JsonLogger } from './json-logger.js';

/** The logger writes to standard output and nowhere else. */
function lineOf(log: (logger: JsonLogger) => void): string {
  const write = process.stdout.write.bind(process.stdout);
  let text = '';
  process.stdout.write = (chunk: string | Uint8Array) => ((text += chunk.toString()), true);
  try {
    log(new JsonLogger('a-service', 'trace'));
  } finally {
    process.stdout.write = write;
  }
  return text;
}

it('writes of an error what it says and where it was, and none of what it carries', () => {
  const error = Object.assign(new Error('duplicate key value violates unique constraint "webhooks_pkey"'), {
    code: '23505',
    query: 'INSERT INTO webhooks VALUES ($1)',
    parameters: ['canary'],
    driverError: { detail: 'Key (secret)=(canary) already exists.' },
    input: 'postgresql://user:canary@host/',
  });
  const line = lineOf((logger) => logger.error(error, 'Rpc'));
  expect(JSON.parse(line)).toMatchObject({
    service: 'a-service',
    context: 'Rpc',
    msg: error.message,
    err: { message: error.message, code: '23505', stack: expect.stringContaining('json-logger.spec') },
  });
  expect(line).not.toContain('canary');
});
