import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startChild } from './servers/child.mjs';
import { projectDir } from './services.mjs';

/** `npm run rebuild-log`: reads the delivery log of a running `npm start` from the streams again. */

const runtimeFile = join(resolve(process.env['TIDINGS_DATA_DIR'] || join(projectDir, '.tidings')), 'runtime.json');
if (!existsSync(runtimeFile)) {
  process.stderr.write(`Tidings is not running: ${runtimeFile} does not exist. Start it with npm start.\n`);
  process.exit(1);
}
const { nats, database } = JSON.parse(readFileSync(runtimeFile, 'utf8'));
const child = startChild([process.execPath, join(projectDir, 'dist/services/delivery-log/src/rebuild/rebuild-main.js')], {
  env: { ...process.env, NATS_URL: nats, DATABASE_URL: database },
  onLine: (line) => process.stdout.write(`${line}\n`),
});
child.once('close', (code) => process.exit(code ?? 1));
