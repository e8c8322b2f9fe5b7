import { subjects } from '#libs/contracts/src/subjects';
import { nuid, type NatsConnection } from '@nats-io/transport-node';

const ANNOUNCE_EVERY_MS = 500;
/** A member that was silent for this long is gone. The server keeps its consumers as long (OWNER_TIMEOUT_MS). */
const SILENT_FOR_MS = 3_000;
/** A newcomer listens this long to learn who the others are. */
const LISTEN_MS = 150;

interface Announcement {
  id: string;
  kind: 'hello' | 'here' | 'leaving';
  /** It still has messages in hand of partitions that it lost. */
  handsOver: boolean;
  /** The only webhooks in whose lanes it has messages in hand. Undefined: any lane may be in its hands. */
  lanes?: string[];
}

/** Work that must end before a partition has left its former owner. */
interface Leaving {
  finished: Promise<void>;
  /** The webhooks whose lanes have messages in hand. */
  lanesInHand: () => string[];
}

/**
 * Knows the other dispatch processes. Members announce themselves over core NATS and answer a newcomer at once; nothing is
 * stored. Where the views of two members differ for a moment, the pinned consumers decide.
 */
export class Membership {
  readonly id = nuid.next();
  private readonly seenAtMs = new Map<string, number>();
  /** The members that hand over: when each last said so, and its lanes. */
  private readonly handingOverAtMs = new Map<string, { atMs: number; lanes: string[] | undefined }>();
  private readonly leaving = new Set<Leaving>();
  private isLeaving = false;
  private timer: NodeJS.Timeout | null = null;
  private tickedAtMs = 0;

  constructor(
    private readonly nc: NatsConnection,
    private readonly onChange: (members: string[]) => void,
  ) {}

  /** Resolves with the first view of the members. */
  async join(): Promise<void> {
    this.nc.subscribe(subjects.members, {
      callback: (error, msg) => {
        if (!error) this.hear(msg.json<Announcement>());
      },
    });
    await this.listen();
    this.timer = setInterval(() => this.tick(), ANNOUNCE_EVERY_MS);
  }

  /** Greets all members. Known members get as long as new ones to answer. */
  async listen(): Promise<void> {
    const nowMs = Date.now();
    for (const id of this.seenAtMs.keys()) this.seenAtMs.set(id, nowMs);
    this.say('hello');
    await new Promise((resolve) => setTimeout(resolve, LISTEN_MS));
    this.onChange(this.members());
  }

  /** Tells the others, so that they take over at once, and keeps telling as long as something is in hand. */
  async leave(): Promise<void> {
    this.isLeaving = true;
    this.say('here');
    await this.nc.flush().catch(() => undefined);
  }

  /** Says goodbye: nothing more is in hand. */
  async left(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    this.say('here');
    await this.nc.flush().catch(() => undefined);
  }

  /** Resolves when this process has finished its work in hand for a partition. */
  async handOver(leaving: Leaving): Promise<void> {
    this.leaving.add(leaving);
    this.say('here');
    await leaving.finished.finally(() => this.leaving.delete(leaving));
    if (this.leaving.size === 0) this.say('here');
  }

  /** Tells whether a former owner of the lane, maybe this process, still has messages of it in hand. */
  isHandingOver(webhookId: string): boolean {
    const sinceMs = Date.now() - SILENT_FOR_MS;
    const isTheirs = [...this.handingOverAtMs.values()].some(
      ({ atMs, lanes }) => atMs >= sinceMs && (lanes === undefined || lanes.includes(webhookId)),
    );
    return isTheirs || this.lanesInHand().includes(webhookId);
  }

  private lanesInHand(): string[] {
    return [...this.leaving].flatMap(({ lanesInHand }) => lanesInHand());
  }

  private members(): string[] {
    return [this.id, ...this.seenAtMs.keys()];
  }

  private hear({ id, kind, handsOver, lanes }: Announcement): void {
    if (id === this.id) return;
    if (handsOver) this.handingOverAtMs.set(id, { atMs: Date.now(), lanes });
    else this.handingOverAtMs.delete(id);
    const wasKnown = this.seenAtMs.has(id);
    if (kind === 'leaving') this.seenAtMs.delete(id);
    else this.seenAtMs.set(id, Date.now());
    if (kind === 'hello') this.say('here');
    if (wasKnown !== this.seenAtMs.has(id) && this.timer) this.onChange(this.members());
  }

  private tick(): void {
    this.say('here');
    const nowMs = Date.now();
    const isLate = nowMs - this.tickedAtMs > 2 * ANNOUNCE_EVERY_MS;
    this.tickedAtMs = nowMs;
    // This process stood still; the others were not silent.
    if (isLate) return;
    for (const [id, { atMs }] of this.handingOverAtMs) if (nowMs - atMs > SILENT_FOR_MS) this.handingOverAtMs.delete(id);
    const silent = [...this.seenAtMs].filter(([, seenAtMs]) => nowMs - seenAtMs > SILENT_FOR_MS);
    for (const [id] of silent) this.seenAtMs.delete(id);
    if (silent.length > 0) this.onChange(this.members());
  }

  private say(said: 'hello' | 'here'): void {
    if (this.nc.isClosed()) return;
    const kind = this.isLeaving ? 'leaving' : said;
    const announcement: Announcement = { id: this.id, kind, handsOver: this.leaving.size > 0, lanes: this.lanesInHand() };
    this.nc.publish(subjects.members, JSON.stringify(announcement));
  }
}
