import { jest } from '@jest/globals';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { outgoingPolicy } from '#libs/outgoing/src/outgoing-policy';
import { selfSigned } from '../../../../test/support/self-signed.js';
import { WebhookSender, type AttemptAnswer } from './webhook-sender.js';

jest.setTimeout(30_000);

const TIMEOUT_MS = 700;
const settings = { TIDINGS_ALLOW_HTTP_URLS: 'true', TIDINGS_ALLOWED_CIDRS: '127.0.0.0/8', TIDINGS_OWN_HOSTNAMES: '' };
const sender = new WebhookSender(outgoingPolicy(settings));
const servers: Server[] = [];
const sockets = new Set<Socket>();

afterAll(async () => {
  await sender.close();
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
});

/** A receiver that does with each connection what it is told, once the request has begun to arrive. */
async function receiver(behave: (socket: Socket, request: string) => void, tls?: { key: string; cert: string }): Promise<string> {
  const onSocket = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => behave(socket, chunk.toString()));
  };
  const server = tls ? createTlsServer(tls, onSocket) : createServer(onSocket);
  server.on('tlsClientError', () => undefined);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}

const mayBegin = (): boolean => true;
const send = (url: string, timeoutMs = TIMEOUT_MS): Promise<AttemptAnswer> =>
  sender.send({
    url,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from('{}'),
    timeoutMs,
    mayBegin,
  });

/** Every few milliseconds until the socket is gone. */
function drip(socket: Socket, text: string | Buffer): void {
  const timer = setInterval(() => (socket.destroyed ? clearInterval(timer) : socket.write(text)), 5);
  socket.on('close', () => clearInterval(timer));
}

const OK = 'HTTP/1.1 200 OK\r\n';
const unreachable = (reason: string): object => expect.objectContaining({ kind: 'unreachable', reason });
const answered = (statusCode: number): object => expect.objectContaining({ kind: 'answered', statusCode });

const behaviours: [string, (socket: Socket) => void, object][] = [
  ['hangs', () => undefined, unreachable('timeout')],
  ['drips headers for ever', (socket) => (socket.write(OK), drip(socket, 'x-a: b\r\n')), unreachable('timeout')],
  ['sends 1xx for ever', (socket) => drip(socket, 'HTTP/1.1 103 Early Hints\r\n\r\n'), unreachable('timeout')],
  ['sends a 100 that nobody asked for', (socket) => drip(socket, 'HTTP/1.1 100 Continue\r\n\r\n'), unreachable('invalid_response')],
  ['answers 200 and never ends its body', (socket) => (socket.write(`${OK}transfer-encoding: chunked\r\n\r\n`), drip(socket, '1\r\nx\r\n')), answered(200)],
  ['answers 500 and never ends its body', (socket) => (socket.write('HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\n'), drip(socket, '1\r\nx\r\n')), unreachable('timeout')],
  ['breaks off in the body of a 200', (socket) => (socket.write(`${OK}content-length: 100\r\n\r\nhalf`), setTimeout(() => socket.destroy(), 20)), answered(200)],
  ['resets', (socket) => socket.resetAndDestroy(), unreachable('connection_reset')],
  ['closes before it answers', (socket) => socket.end(), unreachable('connection_reset')],
  ['sends garbage', (socket) => socket.write('\u0000\u0001garbage\r\n\r\n'), unreachable('invalid_response')],
  ['sends the status 000', (socket) => socket.write('HTTP/1.1 000 Nothing\r\ncontent-length: 0\r\n\r\n'), unreachable('invalid_response')],
  ['sends 100 KB of headers', (socket) => socket.write(`${OK}x-big: ${'x'.repeat(100_000)}\r\n\r\n`), unreachable('invalid_response')],
  ['redirects', (socket) => socket.write('HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n'), answered(302)],
]; // prettier-ignore

it.each(behaviours)(
  'a receiver that %s ends within its time-out, and is told for what it is',
  async (_name, behave, expected) => {
    const url = await receiver((socket) => behave(socket));
    const startedAt = performance.now();
    expect(await send(url)).toEqual(expected);
    expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS + 1_000);
  },
);

it('reads at most 64 KiB of an endless body, keeps 1,000 characters, and drops the connection', async () => {
  let isClosed = false;
  const url = await receiver((socket) => {
    socket.on('close', () => (isClosed = true));
    socket.write(`${OK}transfer-encoding: chunked\r\n\r\n`);
    drip(socket, `10000\r\n${'a'.repeat(65_536)}\r\n`);
  });
  const answer = await send(url);
  expect(answer).toMatchObject({ kind: 'answered', statusCode: 200, body: 'a'.repeat(1_000) });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(isClosed).toBe(true);
});

it('does not inflate a body, asked for or not', async () => {
  const bomb = gzipSync(Buffer.alloc(5_000_000, 'a'));
  const requests: string[] = [];
  const url = await receiver((socket, request) => {
    requests.push(request);
    socket.write(`${OK}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
    socket.write(bomb);
  });
  const answer = await send(url);
  expect(answer).toMatchObject({ kind: 'answered', statusCode: 200 });
  expect(answer.kind === 'answered' && answer.body.startsWith('aaa')).toBe(false);
  expect(requests[0]).toContain('accept-encoding: identity');
});

it.each([
  ['Retry-After in seconds', '429 Slow', '120', 120_000],
  ['Retry-After as a date', '503 Busy', new Date(Date.now() + 3_600_000).toUTCString(), 3_600_000],
  ['a Retry-After of a year', '503 Busy', '31536000', 86_400_000],
  ['a Retry-After that is none', '503 Busy', 'soon', null],
  ['a Retry-After on another status', '500 No', '120', null],
])('understands %s', async (_name, status, value, expected) => {
  const url = await receiver((socket) =>
    socket.write(`HTTP/1.1 ${status}\r\nretry-after: ${value}\r\ncontent-length: 0\r\n\r\n`),
  );
  const answer = await send(url);
  const asked = answer.kind === 'answered' ? answer.retryAfterMs : undefined;
  if (expected === null) expect(asked).toBeNull();
  else expect(Math.abs(asked! - expected)).toBeLessThan(20_000);
});

it('sends no byte when the request may not begin any more, and does not call that a failure', async () => {
  let seen = 0;
  const url = await receiver((socket) => {
    seen++;
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
  });
  const request = { url, method: 'POST' as const, headers: {}, body: Buffer.from('{}'), timeoutMs: 2_000 };
  expect(await sender.send({ ...request, mayBegin: () => false })).toEqual({ kind: 'not_begun' });
  expect((await sender.send({ ...request, mayBegin })).kind).toBe('answered');
  expect(seen).toBe(1);
});

it('does not trust a self-signed certificate, and sends it no byte of the request', async () => {
  const tls = selfSigned;
  const requests: string[] = [];
  const url = await receiver((socket, request) => {
    requests.push(request);
    socket.write(`${OK}content-length: 0\r\n\r\n`);
  }, tls);
  expect(await send(url)).toMatchObject({ kind: 'unreachable', reason: 'tls_error', detail: 'the certificate is self-signed' });
  expect(requests).toEqual([]);

  const trusting = new WebhookSender(outgoingPolicy(settings), tls.cert);
  const answer = await trusting.send({ url, method: 'POST', headers: {}, body: Buffer.from('{}'), timeoutMs: 2_000, mayBegin });
  expect(answer).toMatchObject({ kind: 'answered', statusCode: 200 });
  await trusting.close();
});

it('refuses addresses that are not public when it dials, whatever was saved', async () => {
  const strict = new WebhookSender(outgoingPolicy({ ...settings, TIDINGS_ALLOWED_CIDRS: '' }));
  const request = { method: 'POST' as const, headers: {}, body: Buffer.from('{}'), timeoutMs: 2_000, mayBegin };
  const url = await receiver(() => undefined);
  expect(await strict.send({ ...request, url })).toMatchObject({ kind: 'unreachable', reason: 'url_refused' });
  // A public name that leads here: what counts is where it leads.
  expect(await strict.send({ ...request, url: `http://localhost.example.com:${new URL(url).port}/` })).toMatchObject({ kind: 'unreachable', reason: expect.stringMatching(/dns_error|address_refused/) }); // prettier-ignore
  await strict.close();
});

it('survives twenty of each at once, and a good receiver among them is answered', async () => {
  const urls = await Promise.all(behaviours.map(([, behave]) => receiver((socket) => behave(socket))));
  const good = await receiver((socket) => socket.write(`${OK}content-length: 2\r\n\r\nok`));
  const bad = urls.flatMap((url) => Array.from({ length: 20 }, () => send(url)));
  const answers = await Promise.all(Array.from({ length: 50 }, () => send(good, 5_000)));
  expect(answers.filter((answer) => answer.kind !== 'answered' || answer.statusCode !== 200)).toEqual([]);
  expect(await Promise.all(bad)).toHaveLength(urls.length * 20);
});
