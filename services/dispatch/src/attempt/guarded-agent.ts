import { promises as dns } from 'node:dns';
import { isIP, type Socket } from 'node:net';
import { connect as tlsConnect, rootCertificates } from 'node:tls';
import { connect as tcpConnect } from 'node:net';
import type { OutgoingPolicy } from '#libs/outgoing/src/outgoing-policy';
import { Agent, type buildConnector } from 'undici';

/** The receiver cannot be called. `reason` is the log's word for it; the message names no internal address. */
export class Uncallable extends Error {
  constructor(
    readonly reason: 'dns_error' | 'address_refused',
    message: string,
  ) {
    super(message);
    this.name = 'Uncallable';
  }
}

/** Connections that have not carried a request. */
export const fresh = new WeakSet<Socket>();

/** The first errors of TLS connections that were made. */
export const refusals = new WeakMap<Socket, Error>();

/** For all addresses of a name. The resolver's own time-outs grow with each try. */
const DNS_TIMEOUT_MS = 2_000;
/** For all addresses, and the TLS handshake. */
const CONNECT_TIMEOUT_MS = 5_000;
const NEXT_ADDRESS_AFTER_MS = 1_500;
const ADDRESSES_MAX = 4;
const CONNECTION_LIFE_MS = 60_000;
const RESPONSE_HEADER_BYTES_MAX = 16 * 1024;
/** Idle connections cost memory on both sides; a receiver that is called all the time keeps its own. */
const KEEP_ALIVE_MS = 10_000;
const CONNECTIONS_PER_ORIGIN_MAX = 128;
const SESSIONS_MAX = 10_000;

/** Uses c-ares: `dns.lookup` would wait for one of four threads, which slow names could block. */
export function newResolver(): dns.Resolver {
  return new dns.Resolver({ timeout: 1_000, tries: 2 });
}

/**
 * An agent that dials only addresses that it has checked. Each connect resolves the name once, refuses all addresses if one
 * is not allowed, and dials the checked literal. `connect.lookup` would never be asked about literal addresses, and a name
 * resolved twice can answer differently. No proxy; TLS from 1.2, always verified.
 */
export function guardedAgent(policy: OutgoingPolicy, extraCa: string | null, resolver: dns.Resolver): Agent {
  const ca = extraCa === null ? undefined : [...rootCertificates, extraCa];
  const sessions = new Map<string, Buffer>();

  const connector: buildConnector.connector = (options, callback) => {
    dial(options).then(
      (socket) => callback(null, socket),
      (error: unknown) => callback(error as Error, null),
    );
  };

  async function dial({ hostname, port, protocol }: buildConnector.Options): Promise<Socket> {
    const isTls = protocol === 'https:';
    const addresses = await checkedAddresses(hostname, policy, resolver);
    const deadlineMs = Date.now() + CONNECT_TIMEOUT_MS;
    const portNumber = Number(port || (isTls ? 443 : 80));
    const socket = await reach(addresses, portNumber, deadlineMs);
    fresh.add(socket);
    if (!isTls) return socket;
    const sessionKey = `${hostname}:${portNumber}`;
    const secure = tlsConnect({
      socket,
      // The certificate is checked for the name, or for the address where the URL has one.
      host: socket.remoteAddress,
      servername: isIP(hostname) === 0 ? hostname : '',
      minVersion: 'TLSv1.2',
      // Overrides NODE_TLS_REJECT_UNAUTHORIZED.
      rejectUnauthorized: true,
      ALPNProtocols: ['http/1.1'],
      ...(ca ? { ca } : {}),
      ...(sessions.has(sessionKey) ? { session: sessions.get(sessionKey)! } : {}),
    });
    secure.on('session', (session: Buffer) => {
      if (sessions.size >= SESSIONS_MAX) sessions.clear();
      sessions.set(sessionKey, session);
    });
    await connected(secure, 'secureConnect', deadlineMs - Date.now());
    // A receiver may refuse us after the handshake. The reset that follows would hide its reason.
    secure.once('error', (error) => refusals.set(secure, error));
    fresh.add(secure);
    return secure;
  }

  return new Agent({
    connect: connector,
    connections: CONNECTIONS_PER_ORIGIN_MAX,
    pipelining: 1,
    maxHeaderSize: RESPONSE_HEADER_BYTES_MAX,
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: CONNECTION_LIFE_MS,
    // Even a busy connection outlives its DNS answer only by this time and its last request.
    clientTtl: CONNECTION_LIFE_MS,
    // The sender sets the attempt's one deadline. These two would end neither a flood of 1xx nor a dripping body.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

/**
 * Connects to the first address that takes the connection. The others are there for when one refuses, or is silent: a name may
 * have an IPv6 address that exists on paper only.
 */
async function reach(addresses: string[], port: number, deadlineMs: number): Promise<Socket> {
  let failure: unknown;
  for (const [index, address] of addresses.entries()) {
    const leftMs = deadlineMs - Date.now();
    if (leftMs <= 0) break;
    try {
      return await reachOne(address, port, index === addresses.length - 1 ? leftMs : Math.min(leftMs, NEXT_ADDRESS_AFTER_MS));
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

async function reachOne(address: string, port: number, withinMs: number): Promise<Socket> {
  const socket = tcpConnect({ host: address, port });
  await connected(socket, 'connect', withinMs);
  const reached = socket.remoteAddress;
  if (reached === undefined) throw closedEarly();
  if (reached !== address) {
    socket.destroy();
    throw new Uncallable('address_refused', 'the connection did not lead to the checked address');
  }
  socket.setNoDelay(true);
  return socket;
}

/** Returns the addresses to try, in order; at least one. */
async function checkedAddresses(hostname: string, policy: OutgoingPolicy, resolver: dns.Resolver): Promise<string[]> {
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  if (host === 'localhost' && policy.addresses.isAllowedByOperator('127.0.0.1'))
    return ['127.0.0.1', '::1'].filter((address) => policy.addresses.isAllowedByOperator(address));
  const addresses = isIP(host) !== 0 ? [host] : await lookUp(host, resolver);
  // One bad address refuses all: an attacker mixes it in so that we may pick it.
  if (!addresses.every((address) => policy.addresses.isAllowed(address))) {
    throw new Uncallable('address_refused', `${host} is not at a public address`);
  }
  // IPv4 first, and one of IPv6 after it: a receiver's IPv6 often exists on paper only.
  const [four, six] = [4, 6].map((family) => shuffled(addresses.filter((address) => isIP(address) === family)));
  return [...four!.slice(0, six!.length > 0 ? ADDRESSES_MAX - 1 : ADDRESSES_MAX), ...six!].slice(0, ADDRESSES_MAX);
}

function shuffled<T>(values: T[]): T[] {
  return values
    .map((value) => ({ value, at: Math.random() }))
    .sort((one, other) => one.at - other.at)
    .map(({ value }) => value);
}

/** Every address of a name, of both families; at least one. */
async function lookUp(host: string, resolver: dns.Resolver): Promise<string[]> {
  const answers = await Promise.allSettled([inTime(resolver.resolve4(host)), inTime(resolver.resolve6(host))]);
  const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  if (addresses.length > 0) return addresses;
  const codes = answers.map((answer) => (answer.status === 'rejected' ? (answer.reason as NodeJS.ErrnoException).code : ''));
  const isAbsent = codes.every((code) => code === 'ENOTFOUND' || code === 'ENODATA');
  throw new Uncallable('dns_error', isAbsent ? `${host} does not exist` : `${host} could not be resolved`);
}

async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the name server is silent')), DNS_TIMEOUT_MS);
  });
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

function connected(socket: Socket, event: 'connect' | 'secureConnect', withinMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => socket.destroy(Object.assign(new Error('connect timeout'), { code: 'ETIMEDOUT' })),
      Math.max(withinMs, 1),
    );
    socket.once(event, () => {
      clearTimeout(timer);
      socket.removeListener('error', reject);
      resolve();
    });
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once('close', () => {
      clearTimeout(timer);
      reject(closedEarly());
    });
  });
}

function closedEarly(): Error {
  return Object.assign(new Error('closed while connecting'), { code: 'ECONNRESET' });
}
