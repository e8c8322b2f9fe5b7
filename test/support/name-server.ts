import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, isIPv4, type AddressInfo, type Server, type Socket } from 'node:net';

export type RecordType = 'A' | 'AAAA' | 'CNAME';

/** One record of an answer; `name` is the question's unless it is given. */
export interface DnsRecord {
  name?: string;
  type: RecordType;
  value: string;
}

/** The answer to a question: records, a response code (2: failure, 3: no such name), or silence. */
export type DnsAnswer = DnsRecord[] | number | 'silence';

const TYPES: Record<RecordType, number> = { A: 1, CNAME: 5, AAAA: 28 };
const UDP_BYTES_MAX = 1_232;

/** A name server on loopback, over UDP and TCP, that answers as it is told and remembers what it was asked. `answer` may be changed at any time. */
export class NameServer {
  readonly questions: string[] = [];
  answer: (name: string, type: RecordType) => DnsAnswer = () => 3;
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly udp: UdpSocket,
    private readonly tcp: Server,
  ) {}

  static async start(): Promise<NameServer> {
    const tcp = createServer();
    await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
    const udp = createSocket('udp4');
    await new Promise<void>((resolve) => udp.bind((tcp.address() as AddressInfo).port, '127.0.0.1', resolve));
    const server = new NameServer(udp, tcp);
    udp.on('message', (message, from) => {
      const reply = server.replyTo(message, UDP_BYTES_MAX);
      if (reply) udp.send(reply, from.port, from.address);
    });
    tcp.on('connection', (socket) => {
      server.sockets.add(socket);
      socket.on('error', () => undefined);
      // A question fits into one packet.
      socket.on('data', (data) => {
        const reply = server.replyTo(data.subarray(2), 65_535);
        if (reply) socket.write(Buffer.concat([uint16(reply.length), reply]));
      });
    });
    return server;
  }

  /** For `Resolver.setServers`. */
  get address(): string {
    return `127.0.0.1:${this.udp.address().port}`;
  }

  /** Answers for some names by their addresses of either family; all others do not exist. */
  know(names: Record<string, string[]>): void {
    this.answer = (name, type) => {
      const addresses = names[name];
      if (!addresses) return 3;
      return addresses.filter((value) => isIPv4(value) === (type === 'A')).map((value) => ({ type, value }));
    };
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await Promise.all([
      new Promise<void>((resolve) => this.udp.close(() => resolve())),
      new Promise<void>((resolve) => this.tcp.close(() => resolve())),
    ]);
  }

  private replyTo(message: Buffer, bytesMax: number): Buffer | null {
    const { name, type, end } = question(message);
    this.questions.push(`${name} ${type}`);
    const answer = this.answer(name, type);
    if (answer === 'silence') return null;
    const records = typeof answer === 'number' ? [] : answer;
    const code = typeof answer === 'number' ? answer : 0;
    const asked = message.subarray(12, end);
    const body = Buffer.concat([asked, ...records.map((record) => encoded({ name, ...record }))]);
    const isTruncated = 12 + body.length > bytesMax;
    // An answer to a question that asked for recursion, and had it; with the truncation bit where it does not fit.
    const flags = 0x8180 | (isTruncated ? 0x0200 : 0) | code;
    const head = Buffer.concat([message.subarray(0, 2), ...[flags, 1, isTruncated ? 0 : records.length, 0, 0].map(uint16)]);
    return Buffer.concat([head, isTruncated ? asked : body]);
  }
}

function question(message: Buffer): { name: string; type: RecordType; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at]!; length > 0; length = message[at]!) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const number = message.readUInt16BE(at + 1);
  const type = (Object.keys(TYPES) as RecordType[]).find((one) => TYPES[one] === number) ?? 'A';
  // c-ares may write a name in mixed case, to tell the answer to its question from a forged one.
  return { name: labels.join('.').toLowerCase(), type, end: at + 5 };
}

function encoded({ name, type, value }: Required<DnsRecord>): Buffer {
  const data = type === 'CNAME' ? nameBytes(value) : addressBytes(value);
  const time = Buffer.from([0, 0, 0, 0]);
  return Buffer.concat([nameBytes(name), uint16(TYPES[type]), uint16(1), time, uint16(data.length), data]);
}

function nameBytes(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '');
  return Buffer.concat([...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label)])), Buffer.from([0])]);
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number));
  // `::ffff:192.0.2.1` ends in an IPv4 address: as two groups it reads like the others.
  const plain = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, a, b, c, d) =>
    [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((group) => group.toString(16)).join(':'),
  );
  const [head = '', tail] = plain.split('::');
  const groups = (text: string): string[] => text.split(':').filter((group) => group !== '');
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return Buffer.concat([...before, ...zeros, ...after].map((group) => uint16(parseInt(group, 16))));
}

function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}
