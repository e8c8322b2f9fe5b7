import { subjects } from '#libs/contracts/src/subjects';
import { nuid, type NatsConnection } from '@nats-io/transport-node';

const ANNOUNCE_EVERY_MS = 500;
/** A member that has been silent for so long is gone. The server keeps its consumers as long (OWNER_TIMEOUT_MS). */
const SILENT_FOR_MS = 3_000;
/** How long a newcomer listens before it believes to know the others. */
const LISTEN_MS = 150;

interface Announcement {
  id: string;
  kind: 'hello' | 'here' | 'leaving';
  /** It has messages in hand of partitions that are no longer its own. */
  handsOver: boolean;
}

/**
 * Who else dispatches. Members tell each other over core NATS, and a newcomer is answered at once: nothing is stored, and
 * where the views of two members differ for a moment, the pinned consumers decide.
 */
export class Membership {
  readonly id = nuid.next();
  private readonly seenAtMs = new Map<string, number>();
  /** When each of those who hand over last said so. */
  private readonly handingOverAtMs = new Map<string, number>();
  private handingOver = 0;
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

  /** Asks who lives, and tells. Those known before have as long as anybody to answer. */
  async listen(): Promise<void> {
    const nowMs = Date.now();
    for (const id of this.seenAtMs.keys()) this.seenAtMs.set(id, nowMs);
    this.say('hello');
    await new Promise((resolve) => setTimeout(resolve, LISTEN_MS));
    this.onChange(this.members());
  }

  /** Tells the others, so that they take over at once; and goes on telling as long as something is in hand. */
  async leave(): Promise<void> {
    this.isLeaving = true;
    this.say('here');
    await this.nc.flush().catch(() => undefined);
  }

  /** Nothing more is in hand. */
  async left(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
    this.say('here');
    await this.nc.flush().catch(() => undefined);
  }

  /** What this process had in hand of a partition is finished with. */
  async handOver(finished: Promise<void>): Promise<void> {
    this.handingOver++;
    if (this.handingOver === 1) this.say('here');
    await finished.finally(() => this.handingOver--);
    if (this.handingOver === 0) this.say('here');
  }

  /** Whether someone, maybe this process, still has messages in hand of partitions that went to another owner. */
  get isHandingOver(): boolean {
    const sinceMs = Date.now() - SILENT_FOR_MS;
    return this.handingOver > 0 || [...this.handingOverAtMs.values()].some((atMs) => atMs >= sinceMs);
  }

  private members(): string[] {
    return [this.id, ...this.seenAtMs.keys()];
  }

  private hear({ id, kind, handsOver }: Announcement): void {
    if (id === this.id) return;
    if (handsOver) this.handingOverAtMs.set(id, Date.now());
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
    // It was us who stood still, not they who were silent.
    if (isLate) return;
    for (const [id, atMs] of this.handingOverAtMs) if (nowMs - atMs > SILENT_FOR_MS) this.handingOverAtMs.delete(id);
    const silent = [...this.seenAtMs].filter(([, seenAtMs]) => nowMs - seenAtMs > SILENT_FOR_MS);
    for (const [id] of silent) this.seenAtMs.delete(id);
    if (silent.length > 0) this.onChange(this.members());
  }

  private say(said: 'hello' | 'here'): void {
    if (this.nc.isClosed()) return;
    const announcement: Announcement = { id: this.id, kind: this.isLeaving ? 'leaving' : said, handsOver: this.handingOver > 0 };
    this.nc.publish(subjects.members, JSON.stringify(announcement));
  }
}
