import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll } from '@jest/globals';

/** A request as a receiver got it. */
export interface ReceivedRequest {
  atMs: number;
  path: string;
  method: string;
  headers: IncomingHttpHeaders;
  /** The exact bytes. */
  body: Buffer;
  /** Set when the answer was sent. */
  answered: number | null;
  answeredAtMs: number | null;
}

export type Answer = (request: ReceivedRequest, response: ServerResponse, index: number) => void | Promise<void>;

export const answerWith =
  (status: number, headers: Record<string, string> = {}, body = ''): Answer =>
  (_request, response) => {
    response.writeHead(status, headers).end(body);
  };

/** A customer's server that remembers every request. `answer` may be changed at any time. */
export class Receiver {
  readonly requests: ReceivedRequest[] = [];
  answer: Answer = answerWith(200);
  private readonly sockets = new Set<Socket>();
  private readonly server: Server = createServer();
  private paths = 0;

  constructor() {
    this.server.on('request', (message, response) => {
      const chunks: Buffer[] = [];
      message.on('data', (chunk: Buffer) => chunks.push(chunk));
      message.on('end', () => {
        const { url = '', method = '', headers } = message;
        const request: ReceivedRequest = {
          atMs: Date.now(),
          path: url,
          method,
          headers,
          body: Buffer.concat(chunks),
          answered: null,
          answeredAtMs: null,
        };
        this.requests.push(request);
        response.on('finish', () => {
          request.answered = response.statusCode;
          request.answeredAtMs = Date.now();
        });
        void this.answer(request, response, this.requests.length - 1);
      });
    });
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => undefined);
    });
  }

  static async start(port?: number): Promise<Receiver> {
    const receiver = new Receiver();
    await receiver.listen(port);
    return receiver;
  }

  /** Port 0 is any free one. */
  async listen(port = 0): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
  }

  get url(): string {
    return this.urlOf('/webhooks');
  }

  /** The URL of a path of this receiver. */
  urlOf(path: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  }

  /** A URL that no other webhook of the file has. */
  newUrl(): { url: string; path: string } {
    const path = `/webhooks/${++this.paths}`;
    return { url: this.urlOf(path), path };
  }

  /** The requests that came to one path, in order. */
  at(path: string): ReceivedRequest[] {
    return this.requests.filter((request) => request.path === path);
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

/** A receiver for a whole test file. */
export function useReceiver(): Receiver {
  const receiver = new Receiver();
  beforeAll(() => receiver.listen());
  afterAll(() => receiver.stop());
  return receiver;
}

/** Verifies as a Standard Webhooks receiver does: one of the signatures matches and the time is recent. */
export function verifiesStandardWebhooks({ headers, body }: ReceivedRequest, secret: string, nowMs = Date.now()): boolean {
  const id = headers['webhook-id'];
  const timestamp = Number(headers['webhook-timestamp']);
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
  const expected = `v1,${createHmac('sha256', key)
    .update(`${String(id)}.${timestamp}.`)
    .update(body)
    .digest('base64')}`;
  const isRecent = Math.abs(nowMs / 1000 - timestamp) < 300;
  return isRecent && String(headers['webhook-signature']).split(' ').includes(expected);
}

/** The CRMs' own header: lower-case hex HMAC-SHA256 of the raw body. */
export function hexSignature(body: Buffer, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}
