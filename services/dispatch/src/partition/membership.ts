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
  /** The webhooks in whose lanes they are: of no other it has any. Of a member that does not say, nobody knows. */
  lanes?: string[];
}

/** What is to end before a partition has left its former owner. */
interface Leaving {
  finished: Promise<void>;
  /** The webhooks whose lanes have messages in hand. */
  lanesInHand: () => string[];
}

/**
 * Who else dispatches. Members tell each other over core NATS, and a newcomer is answered at once: nothing is stored, and
 * where the views of two members differ for a moment, the pinned consumers decide.
 */
export class Membership {
  readonly id = nuid.next();
  private readonly seenAtMs = new Map<string, number>();
  /** When each of those who hand over last said so, and of which lanes. */
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
  async handOver(leaving: Leaving): Promise<void> {
    this.leaving.add(leaving);
    this.say('here');
    await leaving.finished.finally(() => this.leaving.delete(leaving));
    if (this.leaving.size === 0) this.say('here');
  }

  /** Whether someone, maybe this process, still has messages in hand of a lane that went to another owner. */
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
    // It was us who stood still, not they who were silent.
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
