import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from '../scripts/services.mjs';

/** Rules about the repository that no linter knows. */

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: projectDir,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && !file.includes('package-lock'));
const sources = files.filter((file) => /^(services|libs)\/.*\.ts$/.test(file) && !file.includes('/generated/'));
const read = (file: string): string => readFileSync(join(projectDir, file), 'utf8');
const code = sources.filter((file) => !/\.(spec|int-spec)\.ts$/.test(file));

it('has no barrels and no drawers', () => {
  const bad = files.filter(
    (file) => /(^|\/)index\.tsx?$/.test(file) || /\/(utils?|helpers?|common|shared|core|misc)(\/|\.)/.test(file),
  );
  expect(bad).toEqual([]);
});

it('has no source file past 400 lines', () => {
  expect(sources.filter((file) => read(file).split('\n').length > 400)).toEqual([]);
});

it('acks in one place', () => {
  const acking = code.filter((file) => /'\+ACK'|'-NAK|\.ack\(\)|\.nak\(|\.term\(/.test(read(file)));
  expect(acking).toEqual(['libs/jetstream/src/consume.ts']);
});

it('declares streams in one file', () => {
  const declaring = code.filter((file) => /retention: RetentionPolicy/.test(read(file)));
  expect(declaring).toEqual(['libs/contracts/src/streams.ts']);
});

it("knows CRMs' names only in their profiles", () => {
  const names = /\b(asan|asistian|salesos|easycrm|automatenexus)\b/i;
  const knowing = code.filter((file) => names.test(read(file)) && !file.startsWith('libs/profiles/src/'));
  expect(knowing.filter((file) => names.test(read(file).replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '')))).toEqual([]);
});

it('leaves nothing for later in the code', () => {
  // Spelled in parts, so that this file does not find itself.
  const marks = new RegExp(['TO', 'DO|FIX', 'ME|not implem', 'ented|\\.sk', 'ip\\(|\\.on', 'ly\\('].join(''));
  expect(files.filter((file) => /\.(ts|mjs)$/.test(file) && marks.test(read(file)))).toEqual([]);
});

it('documents every environment variable that the code reads', () => {
  const variables = new Set(
    [...code, ...files.filter((file) => file.startsWith('scripts/'))]
      .flatMap((file) => [
        ...read(file).matchAll(
          /process\.env\['([A-Z_]+)'\]|^ {2}((?:TIDINGS_|NATS_|DATABASE_|HEALTH_|LISTEN_|LOG_|GRPC_)?[A-Z_]+): (?:string|number) =/gm,
        ),
      ])
      .map((match) => (match[1] ?? match[2])!),
  );
  const documented = read('docs/configuration.md');
  expect([...variables].filter((name) => !documented.includes(`\`${name}`))).toEqual([]);
});
