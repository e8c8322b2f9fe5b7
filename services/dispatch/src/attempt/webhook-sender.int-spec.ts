import { jest } from '@jest/globals';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
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

const request = {
  method: 'POST' as const,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from('{}'),
  secrets: [],
  mayBegin: (): boolean => true,
};
const send = (url: string, timeoutMs = TIMEOUT_MS): Promise<AttemptAnswer> => sender.send({ ...request, url, timeoutMs });

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

/** More of what no HTTP server should send. */
const malformed: [string, (socket: Socket) => void, object][] = [
  ['sends 1xx with headers for ever', (socket) => drip(socket, `HTTP/1.1 103 Early Hints\r\nlink: ${'x'.repeat(8_000)}\r\n\r\n`), unreachable('timeout')],
  ['answers after one 1xx', (socket) => socket.write(`HTTP/1.1 102 Processing\r\n\r\n${OK}content-length: 0\r\n\r\n`), answered(200)],
  ['switches protocols', (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'), unreachable('invalid_response')],
  ['offers another protocol', (socket) => socket.write(`${OK}connection: upgrade\r\nupgrade: h2c\r\ncontent-length: 0\r\n\r\n`), answered(200)],
  ['speaks HTTP/0.9', (socket) => socket.end('<html>hello</html>\n'), unreachable('invalid_response')],
  ['speaks HTTP/1.0', (socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nhello'), answered(200)],
  ['speaks HTTP/2', (socket) => socket.write(Buffer.from('000000040000000000', 'hex')), unreachable('invalid_response')],
  ['speaks TLS', (socket) => socket.write(Buffer.from('15030100020228', 'hex')), unreachable('invalid_response')],
  ['sends the status 099', (socket) => socket.write('HTTP/1.1 099 X\r\ncontent-length: 0\r\n\r\n'), unreachable('invalid_response')],
  ['sends the status 20', (socket) => socket.write('HTTP/1.1 20 X\r\ncontent-length: 0\r\n\r\n'), unreachable('invalid_response')],
  ['sends the status 2000', (socket) => socket.write('HTTP/1.1 2000 X\r\ncontent-length: 0\r\n\r\n'), unreachable('invalid_response')],
  ['sends the status -200', (socket) => socket.write('HTTP/1.1 -200 X\r\ncontent-length: 0\r\n\r\n'), unreachable('invalid_response')],
  ['sends the status 999', (socket) => socket.write('HTTP/1.1 999 X\r\ncontent-length: 0\r\n\r\n'), answered(999)],
  ['gives two lengths', (socket) => socket.write(`${OK}content-length: 1\r\ncontent-length: 2\r\n\r\nab`), unreachable('invalid_response')],
  ['gives a length below zero', (socket) => socket.write(`${OK}content-length: -1\r\n\r\nab`), unreachable('invalid_response')],
  ['gives a length that no number holds', (socket) => socket.write(`${OK}content-length: ${'9'.repeat(30)}\r\n\r\nab`), unreachable('invalid_response')],
  ['gives a length and chunks', (socket) => socket.write(`${OK}content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`), unreachable('invalid_response')],
  ['sends a chunk without a size in a 500', (socket) => socket.write('HTTP/1.1 500 X\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'), unreachable('invalid_response')],
  ['sends an endless chunk extension', (socket) => (socket.write('HTTP/1.1 500 X\r\ntransfer-encoding: chunked\r\n\r\n1;a='), drip(socket, 'x'.repeat(60_000))), unreachable('timeout')],
  ['sends endless trailers', (socket) => (socket.write('HTTP/1.1 500 X\r\ntransfer-encoding: chunked\r\n\r\n0\r\n'), drip(socket, `x-t: ${'y'.repeat(6_000)}\r\n`)), unreachable('invalid_response')],
  ['sends an endless status line', (socket) => (socket.write('HTTP/1.1 200 '), drip(socket, 'x'.repeat(50_000))), unreachable('timeout')],
  ['sends an endless header', (socket) => (socket.write(`${OK}x-a: `), drip(socket, 'x'.repeat(50_000))), unreachable('invalid_response')],
  ['sends an endless name of a header', (socket) => (socket.write(OK), drip(socket, 'x'.repeat(50_000))), unreachable('invalid_response')],
  ['folds a header', (socket) => socket.write(`${OK}x-a: b\r\n c\r\ncontent-length: 0\r\n\r\n`), unreachable('invalid_response')],
  ['sends NUL in a header', (socket) => socket.write(`${OK}x-a: b\u0000c\r\ncontent-length: 0\r\n\r\n`), unreachable('invalid_response')],
  ['sends headers of names that JavaScript knows', (socket) => socket.write(`${OK}__proto__: x\r\nconstructor: y\r\ncontent-length: 0\r\n\r\n`), answered(200)],
  ['sends a body with a 204', (socket) => socket.write('HTTP/1.1 204 No\r\ncontent-length: 3\r\n\r\nabc'), answered(204)],
]; // prettier-ignore

it.each([...behaviours, ...malformed])(
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

it('asks for no compression, and shows the beginning of what comes compressed all the same', async () => {
  const bomb = gzipSync(Buffer.alloc(5_000_000, 'a'));
  const requests: string[] = [];
  const url = await receiver((socket, text) => {
    requests.push(text);
    socket.write(`${OK}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`);
    socket.write(bomb);
  });
  const answer = await send(url);
  expect(answer).toMatchObject({ kind: 'answered', statusCode: 200, body: 'a'.repeat(1_000) });
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
  // A date is relative to the clock, which has gone on.
  expect(typeof asked === 'number' && expected !== null && Math.abs(asked - expected) < 20_000 ? expected : asked).toBe(expected);
});

it('sends no byte when the request may not begin, and counts no failure', async () => {
  let seen = 0;
  const url = await receiver((socket) => {
    seen++;
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
  });
  expect(await sender.send({ ...request, url, timeoutMs: 2_000, mayBegin: () => false })).toEqual({ kind: 'not_begun' });
  expect((await send(url, 2_000)).kind).toBe('answered');
  expect(seen).toBe(1);
});

it('does not trust a self-signed certificate, and sends it no byte of the request', async () => {
  const tls = selfSigned;
  const requests: string[] = [];
  const url = await receiver((socket, text) => {
    requests.push(text);
    socket.write(`${OK}content-length: 0\r\n\r\n`);
  }, tls);
  expect(await send(url)).toMatchObject({ kind: 'unreachable', reason: 'tls_error', detail: 'the certificate is self-signed' });
  expect(requests).toEqual([]);

  const trusting = new WebhookSender(outgoingPolicy(settings), tls.cert);
  const answer = await trusting.send({ ...request, url, timeoutMs: 2_000 });
  expect(answer).toMatchObject({ kind: 'answered', statusCode: 200 });
  await trusting.close();
});

it('checks URLs and addresses again when it sends', async () => {
  const strict = new WebhookSender(outgoingPolicy({ ...settings, TIDINGS_ALLOWED_CIDRS: '' }));
  let connections = 0;
  const url = await receiver(() => undefined);
  servers.at(-1)!.on('connection', () => connections++);
  const { port } = new URL(url);
  const saved = [
    url,
    `http://localhost:${port}/`,
    `http://2130706433:${port}/`,
    `http://[::ffff:127.0.0.1]:${port}/`,
    `http://user:password@127.0.0.1:${port}/`,
    `http://127.0.0.1:${port}/\\@example.com/`,
    'https://example.com:22/',
    'ftp://example.com/',
    `https://example.com/${'a'.repeat(2_048)}`,
    'not a URL',
  ];
  for (const one of saved)
    expect(await strict.send({ ...request, url: one, timeoutMs: 2_000 })).toMatchObject({
      kind: 'unreachable',
      reason: 'url_refused',
    });
  expect(connections).toBe(0);
  await strict.close();
});

it.each([300, 301, 302, 303, 307, 308])('does not follow a %i, wherever it leads', async (status) => {
  let followed = 0;
  const elsewhere = await receiver((socket) => (followed++, socket.end(`${OK}content-length: 0\r\n\r\n`)));
  const url = await receiver((socket) =>
    socket.write(
      `HTTP/1.1 ${status} Away\r\nlocation: ${elsewhere}\r\nrefresh: 0; url=${elsewhere}\r\ncontent-length: 0\r\n\r\n`,
    ),
  );
  expect(await send(url)).toMatchObject({ kind: 'answered', statusCode: status });
  expect(await send(url)).toMatchObject({ kind: 'answered', statusCode: status });
  expect(followed).toBe(0);
});

it('has one request on a connection at a time, and ignores an answer that came before its request', async () => {
  const perConnection: number[] = [];
  let waiting: Socket[] = [];
  const url = await receiver((socket, text) => {
    perConnection.push(text.split('POST /hook').length - 1);
    waiting.push(socket);
    if (waiting.length < 3) return;
    // Two answers to one request each: the second ones belong to nobody.
    for (const one of waiting) one.write(`${OK}content-length: 1\r\n\r\na${OK}content-length: 6\r\n\r\npoison`);
    waiting = [];
  });
  const first = await Promise.all([send(url), send(url), send(url)]);
  const second = await Promise.all([send(url), send(url), send(url)]);
  expect([...first, ...second].map((answer) => answer.kind === 'answered' && answer.body)).toEqual(Array(6).fill('a'));
  expect(perConnection).toEqual(Array(6).fill(1));
});

it('takes at most 16 KiB of headers, in one piece or in many', async () => {
  const answerOf = async (...sizes: number[]): Promise<AttemptAnswer> => {
    const lines = sizes.map((size, index) => `x-${index}: ${'a'.repeat(size - 3)}\r\n`);
    return send(await receiver((socket) => socket.write(`${OK}${lines.join('')}\r\n`)));
  };
  expect(await answerOf(16_384)).toEqual(unreachable('invalid_response'));
  expect(await answerOf(8_192, 8_192)).toEqual(unreachable('invalid_response'));
  expect(await answerOf(...Array<number>(200).fill(100))).toEqual(unreachable('invalid_response'));
  expect(await answerOf(16_000)).toEqual(answered(200));
  expect(await answerOf(...Array<number>(150).fill(100))).toEqual(answered(200));
});

it('gives a connection five seconds, the TLS handshake included', async () => {
  // Takes connections and says nothing.
  const url = (await receiver(() => undefined)).replace('http:', 'https:');
  const startedAt = performance.now();
  expect(await send(url, 20_000)).toMatchObject({
    reason: 'connection_failed',
    detail: 'the connection could not be made in time',
  });
  expect(Math.abs(performance.now() - startedAt - 5_000)).toBeLessThan(1_500);
});

it('lets no connection live longer than a minute, however busy it is', async () => {
  let connections = 0;
  const url = await receiver((socket) => socket.write(`${OK}content-length: 0\r\n\r\n`));
  servers.at(-1)!.on('connection', () => connections++);
  const now = jest.spyOn(Date, 'now');
  try {
    const startMs = Date.now();
    for (const [atMs, expected] of [
      [0, 1],
      [30_000, 1],
      [59_000, 1],
      [61_000, 2],
      [90_000, 2],
    ] as const) {
      now.mockReturnValue(startMs + atMs);
      await send(url);
      // The connection is free a moment after its answer.
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect([atMs, connections]).toEqual([atMs, expected]);
    }
  } finally {
    now.mockRestore();
  }
});

it("keeps nothing of an answer that repeats the request's secrets", async () => {
  const secrets = ['Bearer canary-token-0123456789', 'with "quotes" and \\-canary', 'short'];
  const said = JSON.stringify({ headers: secrets, token: 'canary-token-0123456789', pad: 'x'.repeat(900), again: secrets[0] });
  const url = await receiver((socket) =>
    socket.write(`${OK}x-echo: ${secrets[0]}\r\ncontent-length: ${Buffer.byteLength(said)}\r\n\r\n${said}`),
  );
  const answer = await sender.send({ ...request, url, secrets, timeoutMs: 2_000 });
  expect(answer).toMatchObject({ kind: 'answered', statusCode: 200, headers: { 'x-echo': '••••' } });
  const kept = JSON.stringify(answer);
  for (const part of ['canary', 'Bearer', 'quotes', '0123']) expect(kept).not.toContain(part);
  expect(kept).toContain('short');
});

it('survives twenty of each at once, and still reaches a healthy receiver', async () => {
  const urls = await Promise.all(behaviours.map(([, behave]) => receiver((socket) => behave(socket))));
  const good = await receiver((socket) => socket.write(`${OK}content-length: 2\r\n\r\nok`));
  const bad = urls.flatMap((url) => Array.from({ length: 20 }, () => send(url)));
  const answers = await Promise.all(Array.from({ length: 50 }, () => send(good, 5_000)));
  expect(answers.filter((answer) => answer.kind !== 'answered' || answer.statusCode !== 200)).toEqual([]);
  expect(await Promise.all(bad)).toHaveLength(urls.length * 20);
});

describe.each(['http', 'https'])('a kept connection over %s that closes as the next request goes out', (protocol) => {
  const trusting = new WebhookSender(outgoingPolicy(settings), selfSigned.cert);
  const sendTo = async (url: string, more: Partial<typeof request> = {}): Promise<AttemptAnswer> => {
    const answer = await trusting.send({ ...request, body: Buffer.from('{"n":1}'), ...more, url, timeoutMs: 3_000 });
    // The connection is free for the next request a moment after the answer.
    await sleep(50);
    return answer;
  };
  afterAll(() => trusting.close());

  /** Answers the first request of its first connection; `next` does as it likes with the second. Counts the requests. */
  async function closing(next: (socket: Socket) => void): Promise<{ url: string; seen: string[] }> {
    const seen: string[] = [];
    const perSocket = new Map<Socket, number>();
    const url = await receiver(
      (socket, text) => {
        const count = (perSocket.get(socket) ?? 0) + 1;
        perSocket.set(socket, count);
        seen.push(`${[...perSocket.keys()].indexOf(socket)}.${count}`);
        expect(text).toContain('{"n":1}');
        if (count === 2) next(socket);
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
      },
      protocol === 'https' ? selfSigned : undefined,
    );
    return { url, seen };
  }

  it.each<[string, (socket: Socket) => void]>([
    ['ends', (socket) => socket.end()],
    ['is reset', (socket) => socket.destroy()],
  ])('sends it once more at once on a new one, and says so, when it %s', async (_how, close) => {
    const { url, seen } = await closing(close);
    expect(await sendTo(url)).toMatchObject({ kind: 'answered', statusCode: 200, isResent: false });
    expect(await sendTo(url)).toMatchObject({ kind: 'answered', statusCode: 200, isResent: true });
    expect(seen).toEqual(['0.1', '0.2', '1.1']);
  });

  it('fails once a byte of an answer has come', async () => {
    const { url, seen } = await closing((socket) => socket.end('H'));
    await sendTo(url);
    expect(await sendTo(url)).toMatchObject({ kind: 'unreachable', isResent: false });
    expect(seen).toEqual(['0.1', '0.2']);
  });

  it('fails when the webhook may not receive any more', async () => {
    let isPaused = false;
    const { url, seen } = await closing((socket) => {
      isPaused = true;
      socket.end();
    });
    await sendTo(url);
    expect(await sendTo(url, { mayBegin: () => !isPaused })).toMatchObject({ reason: 'connection_reset', isResent: false });
    expect(seen).toEqual(['0.1', '0.2']);
  });
});

it('does not send again what failed on a new connection', async () => {
  let count = 0;
  const url = await receiver((socket) => {
    count += 1;
    socket.end();
  });
  expect(await send(url)).toMatchObject({ reason: 'connection_reset', isResent: false });
  expect(count).toBe(1);
});

it('says that a receiver speaks only HTTP/2', async () => {
  const server = createHttp2Server();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const answer = await send(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  expect(answer).toMatchObject({ reason: 'invalid_response', detail: 'the receiver speaks only HTTP/2' });
});
