import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { projectDir } from '../../../../scripts/services.mjs';
import { loadProtos, rpcsIn } from './proto.js';
import { serveReflection } from './reflection.js';

const buf = join(projectDir, 'node_modules/.bin/buf');

let server: Server;
let port: number;

beforeAll(async () => {
  server = new Server();
  serveReflection(server, loadProtos());
  port = await new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
});

afterAll(() => server.forceShutdown());

it('a client that knows nothing but the address resolves every RPC, with the messages that ours import', async () => {
  const args = ['curl', '--http2-prior-knowledge', '--protocol', 'grpc', '--list-methods', `http://127.0.0.1:${port}`];
  const { stdout } = await promisify(execFile)(buf, args);
  const listed = stdout.split('\n').filter((name) => name.startsWith('tidings.v1.'));
  expect(listed.toSorted()).toEqual(
    rpcsIn(loadProtos())
      .map(({ service, name }) => `${service}/${name}`)
      .toSorted(),
  );
});
