import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';

/**
 * Reads a service's configuration from the environment into a class whose properties have the variables' names. Reports all
 * mistakes together, in one Error that names each variable.
 */
export function readEnvironment<T extends object>(type: new () => T, env: NodeJS.ProcessEnv = process.env): T {
  const known = new type();
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const settings = plainToInstance(
    type,
    { ...known, ...given },
    { enableImplicitConversion: false, excludeExtraneousValues: false },
  );
  const mistakes = validateSync(settings, { whitelist: true, validationError: { target: false } });
  if (mistakes.length > 0) {
    const lines = mistakes.map((mistake) => `  ${mistake.property}: ${Object.values(mistake.constraints ?? {}).join('; ')}`);
    throw new Error(`The configuration is not valid:\n${lines.join('\n')}`);
  }
  return settings;
}
