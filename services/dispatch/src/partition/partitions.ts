import { dispatchMetrics } from '../metrics.js';
import { Membership } from './membership.js';
import { Partition, type PartitionContext } from './partition.js';
import { Presence } from '../flow/presence.js';
import { partitionsOf } from './rendezvous.js';

/** At the longest time-out, what is on the wire has ended. */
const GRACE_MS = 62_000;

/** The partitions that this process owns: follows the membership, starts what became its own, lets go of what did not stay. */
export class Partitions {
  private readonly owned = new Map<number, Partition>();
  private readonly membership: Membership;
  private readonly presence: Presence;
  private readonly context: PartitionContext;
  /** One change at a time. */
  private changing: Promise<void> = Promise.resolve();
  private isStopped = false;

  constructor(context: Omit<PartitionContext, 'presence' | 'isHandingOver'>) {
    this.presence = new Presence((gapMs) => this.beginAnew(gapMs));
    this.context = {
      ...context,
      presence: this.presence,
      isHandingOver: (webhookId) => this.membership.isHandingOver(webhookId),
    };
    this.membership = new Membership(context.connection.nc, (members) => this.follow(members));
  }

  /** Resolves when the process delivers for every partition that is its own by the first view of the members. */
  async start(): Promise<void> {
    await this.membership.join();
    void this.followConnection();
    await this.changing;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.presence.stop();
    await this.membership.leave();
    await this.changing;
    await Promise.all([...this.owned.values()].map((partition) => this.leave(partition)));
    this.owned.clear();
    await this.membership.left();
  }

  /** Whatever is in hand and has not begun is another owner's now; what is on the wire ends, and its facts are written. */
  private beginAnew(gapMs: number): void {
    if (this.isStopped) return;
    this.context.onProblem(
      `this process stood still for ${Math.round(gapMs)} ms, another one may own its partitions: it begins anew`,
    );
    for (const partition of this.owned.values()) void this.leave(partition);
    this.owned.clear();
    this.changing = this.changing.then(() => this.membership.listen());
  }

  /** What a server that died had sent on its way to us would come again only after ACK_WAIT_MS, behind what follows it. */
  private async followConnection(): Promise<void> {
    for await (const status of this.context.connection.nc.status()) {
      if (status.type === 'reconnect') for (const partition of this.owned.values()) partition.reopenLanes();
    }
  }

  private leave(partition: Partition): Promise<void> {
    return this.membership
      .handOver({ finished: partition.stop(GRACE_MS), lanesInHand: () => partition.lanesInHand })
      .catch((error: unknown) => this.context.onProblem(`leaving partition ${partition.number}`, error));
  }

  private follow(members: string[]): void {
    const wanted = partitionsOf(this.membership.id, members);
    this.changing = this.changing
      .then(() => this.change(wanted))
      .catch((error: unknown) => this.context.onProblem('ownership', error));
  }

  private async change(wanted: Set<number>): Promise<void> {
    if (this.isStopped) return;
    for (const [number, partition] of this.owned) {
      if (wanted.has(number)) continue;
      this.owned.delete(number);
      // Not waited for: its requests on the wire may take a minute, and the new owner may begin.
      void this.leave(partition);
    }
    const added = [...wanted].filter((number) => !this.owned.has(number)).map((number) => new Partition(number, this.context));
    for (const partition of added) this.owned.set(partition.number, partition);
    await Promise.all(added.map((partition) => partition.start()));
    dispatchMetrics.partitions.set(this.owned.size);
  }
}
