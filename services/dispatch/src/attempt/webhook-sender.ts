import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import type { NetworkReason } from '#libs/contracts/src/fact';
import { urlProblem, dialledUrl } from '#libs/outgoing/src/url-rule';
import type { OutgoingPolicy } from '#libs/outgoing/src/outgoing-policy';
import { Injectable } from '@nestjs/common';
import type { Dispatcher } from 'undici';
import { answerText } from './answer-text.js';
import { classifyFailure } from './classify-failure.js';
import { fresh, guardedAgent, newResolver, refusals } from './guarded-agent.js';
import { retryAfterMs } from './retry-after.js';

export interface SignedRequest {
  url: string;
  method: 'POST' | 'PUT' | 'PATCH';
  headers: Record<string, string>;
  body: Buffer;
  /** Secrets that some receivers repeat in their answers: they are masked there. */
  secrets: string[];
  /** The time for everything: resolving, connecting, sending, and the answer's headers and body. */
  timeoutMs: number;
  /** Asked once connected: while connecting, the process may have stood still and lost its partition. */
  mayBegin: () => boolean;
}

/** The end of a request. An answer that is not 2xx is still an answer. */
export type AttemptAnswer =
  | {
      kind: 'answered';
      statusCode: number;
      headers: Record<string, string>;
      /** The first 1,000 characters. */
      body: string;
      /** The Retry-After of a 429 or 503, ms. */
      retryAfterMs: number | null;
      responseTimeMs: number;
      /** It was sent a second time at once: the idle connection of the first closed before one byte of an answer. */
      isResent: boolean;
    }
  | { kind: 'unreachable'; reason: NetworkReason; detail: string; responseTimeMs: number; isResent: boolean }
  /** No byte was sent: `mayBegin` said no. */
  | { kind: 'not_begun' };

/** At most this much of an answer is read, then the connection is dropped. Receivers sometimes send their home page. */
const BODY_BYTES_MAX = 64 * 1024;
const BODY_CHARACTERS_KEPT = 1_000;
/** A secret at the end of the kept text is recognized only as a whole, so this much more is looked at. */
const SECRET_LENGTH_MAX = 4_096;
/** A shorter word may be part of any text. */
const SECRET_LENGTH_MIN = 8;
const MASK = '••••';
const TARGETS_MAX = 10_000;

type Target = { origin: string; path: string } | { problem: string };

/** Sends signed requests to customers' servers. The only class that opens connections to them. */
@Injectable()
export class WebhookSender {
  private readonly agent: ReturnType<typeof guardedAgent>;
  /** Makes a connection for each request, and closes it after the answer. */
  private readonly newConnections: ReturnType<typeof guardedAgent>;
  /** URLs checked against the rules, which stay the same as long as the process lives. */
  private readonly targets = new Map<string, Target>();

  constructor(
    private readonly policy: OutgoingPolicy,
    extraCa: string | null = null,
    resolver = newResolver(),
  ) {
    this.agent = guardedAgent(policy, extraCa, resolver);
    this.newConnections = guardedAgent(policy, extraCa, resolver);
  }

  /** Never rejects: every failure is an answer. */
  send(request: SignedRequest): Promise<AttemptAnswer> {
    const startedAt = performance.now();
    const responseTimeMs = (): number => Math.round(performance.now() - startedAt);
    const target = this.targetOf(request.url);
    if ('problem' in target)
      return Promise.resolve({
        kind: 'unreachable',
        reason: 'url_refused',
        detail: target.problem,
        responseTimeMs: 0,
        isResent: false,
      });
    return new Promise((resolve) => {
      const settle = (end: End, isResent: boolean): void => {
        if (end.kind === 'not_begun') resolve(end);
        else if (end.kind === 'answered') resolve({ ...end, responseTimeMs: responseTimeMs(), isResent });
        else resolve({ kind: 'unreachable', ...classifyFailure(end.error), responseTimeMs: responseTimeMs(), isResent });
      };
      this.exchange(target, request, false, (end) => {
        // The receiver closed the idle connection as the request went out, and has hardly seen it.
        if (end.kind !== 'failed' || !end.isUnheard) return settle(end, false);
        const timeoutMs = request.timeoutMs - responseTimeMs();
        this.exchange(target, { ...request, timeoutMs }, true, (second) =>
          settle(second.kind === 'not_begun' ? end : second, second.kind !== 'not_begun'),
        );
      });
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.agent.destroy(), this.newConnections.destroy()]);
  }

  private exchange(
    target: { origin: string; path: string },
    request: SignedRequest,
    onNewConnection: boolean,
    onEnd: (end: End) => void,
  ): void {
    const { method, body } = request;
    const exchange = new Exchange(request, onEnd);
    exchanges.set(body, exchange);
    // Without this header some servers compress their answers.
    const headers = { ...request.headers, 'accept-encoding': 'identity' };
    try {
      const agent = onNewConnection ? this.newConnections : this.agent;
      agent.dispatch({ ...target, method, headers, body, reset: onNewConnection }, exchange);
    } catch (error) {
      exchange.fail(error);
    }
  }

  private targetOf(text: string): Target {
    let target = this.targets.get(text);
    if (!target) {
      const problem = urlProblem(text, this.policy);
      const url = problem === null ? dialledUrl(text) : null;
      target = url ? { origin: url.origin, path: url.pathname + url.search } : { problem: problem! };
      if (this.targets.size >= TARGETS_MAX) this.targets.clear();
      this.targets.set(text, target);
    }
    return target;
  }
}

type End =
  | { kind: 'answered'; statusCode: number; headers: Record<string, string>; body: string; retryAfterMs: number | null }
  /** `isUnheard`: a reused connection closed before one byte of an answer. */
  | { kind: 'failed'; error: unknown; isUnheard: boolean }
  | { kind: 'not_begun' };

/** The exchange that each body belongs to. Every attempt has a body of its own. */
const exchanges = new WeakMap<object, Exchange>();
// undici tells nobody else which connection a request takes.
subscribe('undici:client:sendHeaders', (message) => {
  const { request, socket } = message as { request: { body: object | null }; socket: Socket };
  if (request.body !== null) exchanges.get(request.body)?.onConnection(socket);
});

const CLOSED = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** One request on the wire. It ends once: by the answer's end or limit, by an error, or by the deadline. */
class Exchange implements Dispatcher.DispatchHandler {
  private readonly deadline: NodeJS.Timeout;
  private controller: Dispatcher.DispatchController | null = null;
  private statusCode = 0;
  private headers: Record<string, string> = {};
  private readonly chunks: Buffer[] = [];
  private bytes = 0;
  private isOver = false;
  private hasBegun = false;
  private socket: Socket | null = null;
  /** The connection, where it has carried requests before, and how much had been read from it. */
  private reused: { socket: Socket; bytesRead: number } | null = null;
  private readonly mayBegin: () => boolean;
  private readonly hidden: string[];

  constructor(
    { timeoutMs, mayBegin, secrets }: Pick<SignedRequest, 'timeoutMs' | 'mayBegin' | 'secrets'>,
    private readonly onEnd: (end: End) => void,
  ) {
    this.mayBegin = mayBegin;
    this.hidden = wordsOf(secrets);
    this.deadline = setTimeout(() => this.fail(Object.assign(new Error('timeout'), { code: 'TIDINGS_TIMEOUT' })), timeoutMs);
  }

  onConnection(socket: Socket): void {
    this.socket = socket;
    if (!fresh.delete(socket)) this.reused = { socket, bytesRead: socket.bytesRead };
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    // The deadline may have passed while connecting.
    if (this.isOver) controller.abort(new Error('timeout'));
    else if (!this.mayBegin()) this.end({ kind: 'not_begun' });
    else this.hasBegun = true;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // 1xx are not answers. A receiver may send them for ever, until the deadline ends the attempt.
    if (statusCode < 200) return;
    this.statusCode = statusCode;
    this.headers = flat(headers, this.hidden);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.bytes += chunk.length;
    this.chunks.push(chunk);
    if (this.bytes >= BODY_BYTES_MAX) this.answer();
  }

  onResponseEnd(): void {
    // The connection serves the next request: there is nothing left to abort.
    this.controller = null;
    this.answer();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(error);
  }

  /** A 2xx status line is success even if the body breaks afterwards, or drips until the deadline. */
  fail(error: unknown): void {
    if (this.statusCode >= 200 && this.statusCode < 300) this.answer();
    else if (this.hasBegun || this.mayBegin())
      this.end({ kind: 'failed', error: this.refusal ?? error, isUnheard: this.isUnheard(error) });
    else this.end({ kind: 'not_begun' });
  }

  /** The error with which the receiver refused the connection before it closed it. */
  private get refusal(): Error | undefined {
    return this.socket === null ? undefined : refusals.get(this.socket);
  }

  private isUnheard(error: unknown): boolean {
    const { reused, statusCode } = this;
    const isClosed = CLOSED.has((error as NodeJS.ErrnoException).code ?? '');
    return reused !== null && statusCode === 0 && isClosed && reused.socket.bytesRead === reused.bytesRead;
  }

  private answer(): void {
    const { statusCode, headers } = this;
    const asked = statusCode === 429 || statusCode === 503 ? retryAfterMs(headers['retry-after'] ?? null, Date.now()) : null;
    this.end({ kind: 'answered', statusCode, headers, body: this.text(), retryAfterMs: asked });
  }

  private text(): string {
    const text = answerText(Buffer.concat(this.chunks), this.headers).slice(0, BODY_CHARACTERS_KEPT + SECRET_LENGTH_MAX);
    return masked(storable(text), this.hidden).slice(0, BODY_CHARACTERS_KEPT).toWellFormed();
  }

  private end(end: End): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.deadline);
    this.onEnd(end);
    // Drops the connection: the rest of the answer is not read.
    this.controller?.abort(new Error('the attempt is over'));
  }
}

function flat(headers: Record<string, string | string[] | undefined>, hidden: string[]): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [
    name,
    masked(storable(Array.isArray(value) ? value.join(', ') : (value ?? '')), hidden),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

/** A secret as it may come back: whole, word by word (the token behind `Bearer`), and as JSON writes it. */
function wordsOf(secrets: string[]): string[] {
  return secrets
    .flatMap((secret) => [secret, ...secret.split(' ')])
    .filter((word) => word.length >= SECRET_LENGTH_MIN)
    .flatMap((word) => [word, JSON.stringify(word).slice(1, -1)])
    .sort((a, b) => b.length - a.length);
}

function masked(text: string, hidden: string[]): string {
  return hidden.reduce((rest, word) => rest.replaceAll(word, MASK), text);
}

/** PostgreSQL stores neither NUL nor half a surrogate pair. */
function storable(text: string): string {
  return text.replaceAll('\u0000', '\ufffd').toWellFormed();
}
