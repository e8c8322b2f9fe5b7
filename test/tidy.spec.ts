import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectDir } from '../scripts/services.mjs';
import { findStumbles, stumblesIn } from './support/english.mjs';

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

const written = files.filter(
  (file) => /^(services|libs|scripts|test)\/.*\.(ts|mjs)$/.test(file) && !file.includes('/generated/'),
);

it('has no file past 400 lines, tests and scripts included', () => {
  expect(written.filter((file) => read(file).split('\n').length > 400)).toEqual([]);
});

it('says in comments what reads at the first pass: no headless openings, no sentence of more than 25 words', () => {
  const found = written.flatMap((file) =>
    findStumbles(read(file)).map(({ line, problem, text }) => `${file}:${line} ${problem}: ${text}`),
  );
  expect(found).toEqual([]);
  // The rule finds what it is for.
  expect(findStumbles('/** Who has no answer has no claim. */')).toHaveLength(1);
  expect(findStumbles(`// It ${'goes on and '.repeat(9)}ends.`)).toHaveLength(1);
});

it('opens no heading of a document with a headless clause', () => {
  const headings = files
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) => [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => ({ file, heading: heading! })));
  expect(headings.length).toBeGreaterThan(100);
  expect(headings.filter(({ heading }) => stumblesIn(heading).length > 0)).toEqual([]);
});

it('has no untyped call: one place names a pattern, and every declared call is answered once', () => {
  const naming = code.filter((file) => /\b(MessagePattern|EventPattern|GrpcMethod|GrpcStreamMethod)\b/.test(read(file)));
  expect(naming).toEqual(['libs/service/src/answers.ts']);
  const answered = code
    .filter((file) => file.startsWith('services/'))
    .flatMap((file) => [...read(file).matchAll(/^ {2}@Answers\((\w+)\)$/gm)].map(([, name]) => name!));
  const declared = code
    .filter((file) => file.startsWith('libs/contracts/src/calls/'))
    .flatMap((file) => [...read(file).matchAll(/^export const (\w+) = call</gm)].map(([, name]) => name!));
  expect(answered.toSorted()).toEqual(declared.toSorted());
});

it("says a field's rule and its documentation in one decorator", () => {
  const twofold = code.filter((file) => file.startsWith('libs/api/src/') && /'class-validator'|\bApiProperty/.test(read(file)));
  expect(twofold).toEqual(['libs/api/src/fields.ts', 'libs/api/src/shown.ts']);
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
