import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getContainerRuntimeClient } from 'testcontainers';
import { startNats } from '../../scripts/servers/nats.mjs';
import { startPostgres } from '../../scripts/servers/postgres.mjs';
import { projectDir } from '../../scripts/services.mjs';

/** Fetches the servers before any test, so that two files do not fetch them at once on a new machine. */
export default async function bringServers() {
  const hasEngine = await getContainerRuntimeClient().then(
    () => true,
    () => false,
  );
  if (hasEngine) return;
  const folder = mkdtempSync(join(tmpdir(), 'tidings-'));
  for (const start of [startNats, startPostgres]) {
    const server = await start({ dataDir: join(folder, start.name), cacheDir: join(projectDir, '.cache') });
    await server.stop();
  }
  rmSync(folder, { recursive: true, force: true });
}
