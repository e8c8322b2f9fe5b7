import { jest } from '@jest/globals';
import { createServer, type AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { createServer as createTlsServer, type Server, type TlsOptions, type TLSSocket } from 'node:tls';
import { outgoingPolicy } from '#libs/outgoing/src/outgoing-policy';
import { urlProblem } from '#libs/outgoing/src/url-rule';
import { NameServer } from '../../../../test/support/name-server.js';
import { answerWith, Receiver } from '../../../../test/support/receiver.js';
import { expired, selfSigned, selfSignedForName } from '../../../../test/support/self-signed.js';
import { newResolver } from './guarded-agent.js';
import { WebhookSender, type AttemptAnswer } from './webhook-sender.js';

jest.setTimeout(30_000);

const policy = outgoingPolicy({
  TIDINGS_ALLOW_HTTP_URLS: 'true',
  // Loopback is where the receivers of these tests are, fd00::/8 where none is.
  TIDINGS_ALLOWED_CIDRS: '127.0.0.0/8,fd00::/8',
  TIDINGS_OWN_HOSTNAMES: '',
});
const request = { method: 'POST' as const, headers: {}, body: Buffer.from('{}'), secrets: [], mayBegin: (): boolean => true };
const tlsServers: Server[] = [];
let names: NameServer;
let receiver: Receiver;
let sender: WebhookSender;

beforeAll(async () => {
  [names, receiver] = await Promise.all([NameServer.start(), Receiver.start()]);
  sender = senderWith(null);
});

// Every request on a connection of its own, so that every one asks for the name.
beforeEach(() => {
  receiver.requests.length = 0;
  receiver.answer = answerWith(200, { connection: 'close' });
});

afterAll(async () => {
  await sender.close();
  for (const server of tlsServers) server.close();
  await Promise.all([names.stop(), receiver.stop()]);
});

function senderWith(extraCa: string | null): WebhookSender {
  const resolver = newResolver();
  resolver.setServers([names.address]);
  return new WebhookSender(policy, extraCa, resolver);
}

const urlOf = (name: string): string => `http://${name}:${new URL(receiver.url).port}/hook`;
const send = (name: string): Promise<AttemptAnswer> => sender.send({ ...request, url: urlOf(name), timeoutMs: 10_000 });
const refused = { kind: 'unreachable', reason: 'address_refused' };
const A = (value: string) => ({ type: 'A' as const, value });
const AAAA = (value: string) => ({ type: 'AAAA' as const, value });

describe('a name', () => {
  it('is resolved once for each connection, as the URL spells it, and its address is called', async () => {
    names.know({ 'hooks.example.com': ['127.0.0.1'] });
    names.questions.length = 0;
    expect(await send('HOOKS.Example.COM')).toMatchObject({ kind: 'answered', statusCode: 200 });
    expect(names.questions.sort()).toEqual(['hooks.example.com A', 'hooks.example.com AAAA']);
    expect(receiver.requests).toHaveLength(1);
  });

  it('is called over IPv4 when it has both', async () => {
    names.know({ 'both.example.com': ['fd00::1', '127.0.0.1', 'fd00::2'] });
    for (let n = 0; n < 5; n++) expect(await send('both.example.com')).toMatchObject({ statusCode: 200 });
  });

  it('is called at its next address when one refuses, and fails as the first did when all do', async () => {
    names.know({
      'half.example.com': ['127.0.0.2', '127.0.0.1', '127.0.0.3'],
      'paper.example.com': ['127.0.0.2', 'fd00::1'],
      'none.example.com': ['127.0.0.2', '127.0.0.3'],
    });
    for (let n = 0; n < 8; n++) expect(await send('half.example.com')).toMatchObject({ statusCode: 200 });
    expect(receiver.requests).toHaveLength(8);
    for (const name of ['none', 'paper'])
      expect(await send(`${name}.example.com`)).toMatchObject({ kind: 'unreachable', reason: 'connection_refused' });
  });

  it('localhost is called over IPv6 when nobody listens over IPv4, if the operator allows both', async () => {
    const hasIPv6 = Object.values(networkInterfaces()).some((addresses) => addresses!.some(({ address }) => address === '::1'));
    if (!hasIPv6) {
      process.stdout.write('localhost over IPv6: skipped, this machine has none\n');
      return;
    }
    const server = createServer((socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '::1', resolve));
    const url = `http://localhost:${(server.address() as AddressInfo).port}/`;
    const settings = { TIDINGS_ALLOW_HTTP_URLS: 'true', TIDINGS_OWN_HOSTNAMES: '' };
    const answers = ['127.0.0.0/8,::1/128', '127.0.0.0/8'].map(async (TIDINGS_ALLOWED_CIDRS) => {
      const local = new WebhookSender(outgoingPolicy({ ...settings, TIDINGS_ALLOWED_CIDRS }));
      const answer = await local.send({ ...request, url, timeoutMs: 5_000 });
      await local.close();
      return answer;
    });
    expect(await Promise.all(answers)).toMatchObject([{ statusCode: 200 }, { reason: 'connection_refused' }]);
    server.close();
  });

  it.each([
    ['a private one beside a good one', ['127.0.0.1', '10.0.0.1']],
    ['a metadata address before a good one', ['169.254.169.254', '127.0.0.1']],
    ['a bad IPv6 address beside a good IPv4 address', ['127.0.0.1', '::1']],
    ['a link-local IPv6 address beside a good IPv4 address', ['127.0.0.1', 'fe80::1']],
    ['a bad IPv4 address beside a good IPv6 address', ['fd00::1', '192.168.1.1']],
    ['no address but the unspecified ones', ['0.0.0.0', '::']],
    ['the broadcast address', ['255.255.255.255']],
    ['an allowed IPv4 address, mapped into IPv6', ['::ffff:127.0.0.1']],
    ['a mapped one beside the same in plain', ['127.0.0.1', '::ffff:127.0.0.1']],
    ['an address translated by NAT64', ['64:ff9b::7f00:1']],
    ['an address translated by 6to4', ['2002:7f00:1::']],
    ['an address of Teredo', ['2001:0:7f00:1::']],
    ['an IPv4-compatible one', ['::127.0.0.1']],
    ['three hundred good ones and a bad one', [...Array<string>(300).fill('127.0.0.1'), '10.0.0.1']],
    ['three hundred good ones and a bad one of the other family', [...Array<string>(300).fill('127.0.0.1'), 'fe80::1']],
  ])('that has %s is not called at all', async (_what, addresses) => {
    names.know({ 'mixed.example.com': addresses });
    const answer = await send('mixed.example.com');
    expect(answer).toMatchObject({ ...refused, detail: 'mixed.example.com is not at a public address' });
    expect(receiver.requests).toHaveLength(0);
  });

  it('with hundreds of allowed addresses is called', async () => {
    names.know({ 'many.example.com': Array<string>(300).fill('127.0.0.1') });
    expect(await send('many.example.com')).toMatchObject({ statusCode: 200 });
  });

  it('that was allowed when it was saved, but is not when it is sent to, is not called', async () => {
    names.know({ 'rebound.example.com': ['127.0.0.1'] });
    expect(urlProblem(urlOf('rebound.example.com'), policy)).toBeNull();
    names.know({ 'rebound.example.com': ['10.0.0.1'] });
    expect(await send('rebound.example.com')).toMatchObject(refused);
  });

  it('that resolves elsewhere at the second attempt is called once', async () => {
    names.know({ 'later.example.com': ['127.0.0.1'] });
    expect(await send('later.example.com')).toMatchObject({ statusCode: 200 });
    names.know({ 'later.example.com': ['169.254.169.254'] });
    expect(await send('later.example.com')).toMatchObject(refused);
    expect(receiver.requests).toHaveLength(1);
  });

  it('that answers differently each time is called where it was checked, or not at all', async () => {
    let asked = 0;
    names.answer = (_name, type) => (type === 'AAAA' ? [] : [A(asked++ % 2 === 0 ? '127.0.0.1' : '10.0.0.1')]);
    const answers: AttemptAnswer[] = [];
    for (let n = 0; n < 6; n++) answers.push(await send('fickle.example.com'));
    expect(answers.map((answer) => (answer.kind === 'answered' ? answer.statusCode : answer.kind === 'unreachable' && answer.reason))).toEqual(
      [200, 'address_refused', 200, 'address_refused', 200, 'address_refused'],
    ); // prettier-ignore
    expect(asked).toBe(6);
  });
});

describe('a chain of CNAMEs', () => {
  const chain = (length: number, addresses: string[]) => {
    names.answer = (name, type) => {
      const links = Array.from({ length }, (_, n) => ({
        name: n === 0 ? name : `hop${n}.example.net`,
        type: 'CNAME' as const,
        value: `hop${n + 1}.example.net`,
      }));
      const end = addresses.map((value) => ({
        ...(value.includes(':') ? AAAA(value) : A(value)),
        name: `hop${length}.example.net`,
      }));
      return [...links, ...end.filter((record) => record.type === type)];
    };
  };

  it('is followed to its end', async () => {
    chain(8, ['127.0.0.1']);
    expect(await send('shop.example.com')).toMatchObject({ statusCode: 200 });
  });

  it.each([[['10.0.0.1']], [['127.0.0.1', '10.0.0.1']], [['127.0.0.1', '::1']]])('to %j is refused', async (addresses) => {
    chain(3, addresses);
    expect(await send('shop.example.com')).toMatchObject(refused);
    expect(receiver.requests).toHaveLength(0);
  });

  it('that never ends, or leads back to itself, has no address', async () => {
    chain(3, []);
    expect(await send('shop.example.com')).toMatchObject({ kind: 'unreachable', reason: 'dns_error' });
    names.answer = (name) => [{ type: 'CNAME', value: name }];
    expect(await send('loop.example.com')).toMatchObject({ kind: 'unreachable', reason: 'dns_error' });
  });
});

describe('a name server', () => {
  it.each([
    ['knows no such name', 3, 'x.example.com does not exist'],
    ['knows no address of it', [], 'x.example.com does not exist'],
    ['fails', 2, 'x.example.com could not be resolved'],
    ['refuses', 5, 'x.example.com could not be resolved'],
  ])('that %s is told as dns_error', async (_what, answer, detail) => {
    names.answer = () => answer;
    expect(await send('x.example.com')).toMatchObject({ kind: 'unreachable', reason: 'dns_error', detail });
  });

  it('that is silent is given two seconds, which delay no other attempt', async () => {
    names.answer = (name, type) => (name === 'silent.example.com' ? 'silence' : type === 'A' ? [A('127.0.0.1')] : []);
    const startedAt = performance.now();
    const silent = Promise.all(Array.from({ length: 20 }, () => send('silent.example.com')));
    await send('good.example.com');
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    for (const answer of await silent)
      expect(answer).toMatchObject({
        kind: 'unreachable',
        reason: 'dns_error',
        detail: 'silent.example.com could not be resolved',
      });
    expect(performance.now() - startedAt).toBeLessThan(2_800);
  });

  it('that does not answer for IPv6 costs two seconds, not the delivery', async () => {
    names.answer = (_name, type) => (type === 'A' ? [A('127.0.0.1')] : 'silence');
    expect(await send('half.example.com')).toMatchObject({ statusCode: 200 });
  });

  it('cannot keep an attempt past its own time-out', async () => {
    names.answer = () => 'silence';
    const startedAt = performance.now();
    const answer = await sender.send({ ...request, url: urlOf('slow.example.com'), timeoutMs: 300 });
    expect(answer).toMatchObject({ kind: 'unreachable', reason: 'timeout' });
    expect(performance.now() - startedAt).toBeLessThan(1_300);
  });
});

it('never names an address in a failure', async () => {
  names.answer = (name, type) => {
    const addresses: Record<string, string> = { 'private.example.com': '10.1.2.3', 'closed.example.com': '127.9.9.9' };
    return type === 'A' && addresses[name] ? [A(addresses[name])] : 3;
  };
  for (const name of ['private.example.com', 'closed.example.com', 'absent.example.com', '10.1.2.3', '[fe80::1]']) {
    const answer = await send(name);
    expect(answer.kind).toBe('unreachable');
    expect(JSON.stringify(answer)).not.toMatch(/\d+\.\d+\.\d+\.\d+|fe80|::/);
  }
});

describe('TLS', () => {
  /** A receiver that remembers what was negotiated with it, and the requests that it could read. */
  async function tlsReceiver(options: TlsOptions): Promise<{ port: number; sockets: TLSSocket[]; requests: string[] }> {
    const seen = { port: 0, sockets: [] as TLSSocket[], requests: [] as string[] };
    const server = createTlsServer(options, (socket) => {
      seen.sockets.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        seen.requests.push(chunk.toString());
        socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      });
    });
    server.on('tlsClientError', () => undefined);
    tlsServers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    seen.port = (server.address() as AddressInfo).port;
    return seen;
  }

  const known = { 'hooks.example.com': ['127.0.0.1'], 'other.example.com': ['127.0.0.1'] };
  const failed = (detail: string): object => ({ kind: 'unreachable', reason: 'tls_error', detail });
  const sendTo = async (extraCa: string | null, url: string, times = 1): Promise<AttemptAnswer[]> => {
    names.know(known);
    const one = senderWith(extraCa);
    const answers: AttemptAnswer[] = [];
    for (let n = 0; n < times; n++) answers.push(await one.send({ ...request, url, timeoutMs: 5_000 }));
    await one.close();
    return answers;
  };

  it('names the receiver and speaks HTTP/1.1, even if the receiver offers more', async () => {
    const { port, sockets } = await tlsReceiver({ ...selfSignedForName, ALPNProtocols: ['h2', 'http/1.1'] });
    const [first, second] = await sendTo(selfSignedForName.cert, `https://hooks.example.com:${port}/`, 2);
    expect([first, second]).toMatchObject([{ statusCode: 200 }, { statusCode: 200 }]);
    expect(sockets.map(({ servername, alpnProtocol }) => [servername, alpnProtocol])).toEqual(
      Array.from({ length: 2 }, () => ['hooks.example.com', 'http/1.1']),
    );
  });

  it('is not spoken with a receiver that has only HTTP/2, or only TLS 1.1', async () => {
    const h2 = await tlsReceiver({ ...selfSignedForName, ALPNProtocols: ['h2'] });
    const old = await tlsReceiver({
      ...selfSignedForName,
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT:@SECLEVEL=0',
    });
    const words = ['the receiver speaks only HTTP/2', 'TLS could not be agreed on'];
    for (const [index, { port }] of [h2, old].entries())
      expect(await sendTo(selfSignedForName.cert, `https://hooks.example.com:${port}/`)).toMatchObject([failed(words[index]!)]);
    expect([...h2.requests, ...old.requests]).toEqual([]);
  });

  it('of 1.2 says that a receiver may demand a client certificate', async () => {
    const { port } = await tlsReceiver({ ...selfSignedForName, requestCert: true, maxVersion: 'TLSv1.2' });
    const [answer] = await sendTo(selfSignedForName.cert, `https://hooks.example.com:${port}/`);
    expect(answer).toMatchObject(failed('TLS could not be agreed on; the receiver may demand a client certificate'));
  });

  // Both: a session of 1.2 is given before the certificate is looked at, and a resumed one is not compared with the name again.
  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'of %s does not take a certificate for another name, however often',
    async (version) => {
      const { port, requests } = await tlsReceiver({ ...selfSignedForName, minVersion: version, maxVersion: version });
      const answers = await sendTo(selfSignedForName.cert, `https://other.example.com:${port}/`, 3);
      expect(answers).toMatchObject(Array(3).fill(failed('the certificate is for another name')));
      expect(await sendTo(selfSignedForName.cert, `https://127.0.0.1:${port}/`)).toMatchObject([failed('the certificate is for another name')]); // prettier-ignore
      expect(requests).toEqual([]);
    },
  );

  it('refuses a certificate that is expired, self-signed or from another authority', async () => {
    const late = await tlsReceiver(expired);
    const strange = await tlsReceiver(selfSignedForName);
    expect(await sendTo(expired.cert, `https://hooks.example.com:${late.port}/`, 2)).toMatchObject(
      Array(2).fill(failed('the certificate has expired')),
    );
    for (const authority of [null, selfSigned.cert])
      expect(await sendTo(authority, `https://hooks.example.com:${strange.port}/`, 2)).toMatchObject(
        Array(2).fill(failed('the certificate is self-signed')),
      );
    expect([...late.requests, ...strange.requests]).toEqual([]);
  });
});
