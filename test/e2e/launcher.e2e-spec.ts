import { jest } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { projectDir } from '../../scripts/services.mjs';
import { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { testNats } from '../support/servers.mjs';

jest.setTimeout(120_000);

const folder = mkdtempSync(join(tmpdir(), 'tidings-launcher-'));
const children: ChildProcess[] = [];

afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  // Their children die with them; the last writes may still be on the way.
  await eventually(() => rmSync(folder, { recursive: true, force: true }));
});

interface Launched {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
}

function launch(script: string, env: Record<string, string>): Launched {
  return run([process.execPath, join(projectDir, 'scripts', script)], env);
}

function run([program = '', ...args]: string[], env: Record<string, string>): Launched {
  const child = spawn(program, args, {
    cwd: projectDir,
    env: { ...process.env, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, output: () => output, ended };
}

interface Runtime {
  url: string;
  nats: string;
  account_id: string;
  api_key: string;
}

async function ready(dataDir: string, launched: Launched): Promise<Runtime> {
  const file = join(dataDir, 'runtime.json');
  await eventually(() => {
    if (!existsSync(file)) throw new Error(`not ready: ${launched.output()}`);
  }, 60_000);
  return JSON.parse(readFileSync(file, 'utf8')) as Runtime;
}

it('starts from nothing, stops in seconds, and finds all data at the second start', async () => {
  const dataDir = join(folder, 'a "quoted" folder with \\ and $HOME and é');
  const first = launch('start.mjs', { TIDINGS_DATA_DIR: dataDir });
  const runtime = await ready(dataDir, first);
  await eventually(() => expect(first.output()).toContain('Tidings is ready'));
  expect(first.output()).toContain(`${runtime.url}/api/docs`);
  const webhook = await new Api(runtime.url, runtime.api_key).createWebhook({ url: 'https://example.com/hook' });

  const twin = launch('start.mjs', { TIDINGS_DATA_DIR: dataDir });
  expect(await twin.ended).toBe(1);
  expect(twin.output()).toContain('already runs');
  expect(JSON.parse(readFileSync(join(dataDir, 'runtime.json'), 'utf8'))).toEqual(runtime);

  const stoppingAtMs = Date.now();
  first.child.kill('SIGINT');
  expect(await first.ended).toBe(0);
  expect(Date.now() - stoppingAtMs).toBeLessThan(10_000);
  expect(existsSync(join(dataDir, 'runtime.json'))).toBe(false);

  // Installations from before the users of NATS have no passwords in this file.
  const secretsFile = join(dataDir, 'secrets.json');
  const { nats: passwords, ...secrets } = JSON.parse(readFileSync(secretsFile, 'utf8')) as { nats: Record<string, string> };
  expect(Object.keys(passwords)).toContain('dispatch');
  writeFileSync(secretsFile, JSON.stringify(secrets));

  const second = launch('start.mjs', { TIDINGS_DATA_DIR: dataDir });
  const again = await ready(dataDir, second);
  expect(again).toMatchObject({ account_id: runtime.account_id, api_key: runtime.api_key });
  expect(JSON.parse(readFileSync(secretsFile, 'utf8'))).toMatchObject({
    nats: { dispatch: expect.stringMatching(/^[0-9a-f]{48}$/) },
  });
  for (const file of [secretsFile, join(dataDir, 'nats/nats.conf')]) expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(await new Api(again.url, again.api_key).get(`/webhooks/${webhook.id}`)).toMatchObject({
    status: 200,
    body: { name: webhook.name },
  });

  // SIGKILL of the launcher ends everything, and leaves a usable data folder.
  second.child.kill('SIGKILL');
  await second.ended;
  await eventually(async () => expect(await fetch(`${again.url}/health/live`).catch(() => null)).toBeNull());
  const third = launch('start.mjs', { TIDINGS_DATA_DIR: dataDir });
  const last = await eventually(async () => {
    const found = await ready(dataDir, third);
    expect(found.url).not.toBe(again.url);
    return found;
  }, 60_000);
  expect((await new Api(last.url, last.api_key).get(`/webhooks/${webhook.id}`)).status).toBe(200);
  third.child.kill('SIGINT');
  await third.ended;
});

it('stops everything when npm alone is told to stop', async () => {
  const dataDir = join(folder, 'npm');
  const npm = run(['npm', 'start'], { TIDINGS_DATA_DIR: dataDir });
  const runtime = await ready(dataDir, npm);
  const launcherPid = Number(readFileSync(join(dataDir, 'launcher.pid'), 'utf8'));
  expect(launcherPid).not.toBe(npm.child.pid);

  npm.child.kill('SIGTERM');
  await npm.ended;
  await eventually(() => expect(() => process.kill(launcherPid, 0)).toThrow('ESRCH'));
  expect(existsSync(join(dataDir, 'runtime.json'))).toBe(false);
  expect(await fetch(`${runtime.url}/health/live`).catch(() => null)).toBeNull();
});

it('lets webhooks reach this machine over plain HTTP, on a server that only this machine reaches', async () => {
  const dataDir = join(folder, 'loopback');
  const statuses: number[] = [];
  const environments: Record<string, string>[] = [{}, { LISTEN_HOST: '0.0.0.0' }, { TIDINGS_ALLOW_HTTP_URLS: 'false' }];
  for (const env of environments) {
    const launched = launch('start.mjs', { TIDINGS_DATA_DIR: dataDir, ...env });
    const { url, api_key } = await ready(dataDir, launched);
    const body = { name: 'Local', url: 'http://127.0.0.1:4000/webhooks', events: ['*'] };
    statuses.push((await new Api(url, api_key).post('/webhooks', body)).status);
    launched.child.kill('SIGINT');
    await launched.ended;
  }
  expect(statuses).toEqual([201, 422, 422]);
}, 240_000);

it.each([
  ['a port that is taken', (port: number) => ({ PORT: String(port) }), /Port \d+ is taken.*PORT/s],
  ['a port that is none', () => ({ PORT: 'many' }), /PORT must be a number/],
  ['a nats-server that is none', () => ({ NATS_SERVER_BIN: '/bin/true' }), /NATS_SERVER_BIN.*2\.12/s],
  [
    'a NATS_URL where nobody answers',
    () => ({ NATS_URL: 'nats://127.0.0.1:1', DATABASE_URL: 'postgresql://127.0.0.1:1/x' }),
    /NATS does not answer/,
  ],
])('%s is one clear sentence', async (name, env, sentence) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const failed = launch('start.mjs', { TIDINGS_DATA_DIR: join(folder, name.replaceAll(' ', '-')), ...env(port) });
  expect(await failed.ended).toBe(1);
  expect(failed.output()).toMatch(sentence);
  expect(failed.output()).not.toMatch(/\n\s+at /);
  server.close();
});

it('lets a plain NATS client publish events, but no internal messages', async () => {
  const dataDir = join(folder, 'local');
  const launched = launch('start.mjs', { TIDINGS_DATA_DIR: dataDir });
  const runtime = await ready(dataDir, launched);
  const nc = await connect({ servers: runtime.nats });
  const body = JSON.stringify({ data: { id: 'deal_42' } });
  await jetstream(nc).publish(`crm.${runtime.account_id}.deal.won`, body, { msgID: 'evt_plain' });
  await eventually(async () => expect((await new Api(runtime.url, runtime.api_key).get('/events/evt_plain')).status).toBe(200));
  await expect(jetstream(nc).publish('fact.1', '{}')).rejects.toThrow(/Permissions Violation/);
  await nc.close();
  launched.child.kill('SIGINT');
  await launched.ended;
});

it('uses a NATS server without users as it is', async () => {
  const nats = await testNats();
  const dataDir = join(folder, 'theirs');
  const launched = launch('start.mjs', { TIDINGS_DATA_DIR: dataDir, NATS_URL: nats.url });
  const runtime = await ready(dataDir, launched);
  expect(runtime.nats).toBe(nats.url);
  await new Api(runtime.url, runtime.api_key).createWebhook({ url: 'https://example.com/hook' });
  launched.child.kill('SIGINT');
  await launched.ended;
  await nats.stop();
});

it('the demo shows five verified deliveries and their log', async () => {
  const demo = launch('demo.mjs', { TIDINGS_DATA_DIR: join(folder, 'demo') });
  expect([await demo.ended, demo.output()]).toEqual([0, expect.stringContaining('The delivery log')]);
  expect(demo.output().match(/ verified /g)).toHaveLength(5);
  expect(demo.output().match(/ success {2}200 /g)).toHaveLength(5);
});
