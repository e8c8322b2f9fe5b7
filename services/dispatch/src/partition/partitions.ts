import { dispatchMetrics } from '../metrics.js';
import { Membership } from './membership.js';
import { Partition, type PartitionContext } from './partition.js';
import { Presence } from '../flow/presence.js';
import { partitionsOf } from './rendezvous.js';

/** Longer than the longest time-out: requests on the wire have ended by then. */
const GRACE_MS = 62_000;

/** The partitions that this process owns. Follows the membership, starts partitions that it gains and leaves those it loses. */
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

  /** Resolves when the process delivers for every partition that the first view of the members gives it. */
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

  /** Gives up all messages that have not begun: they are another owner's now. Requests on the wire end, and their facts are written. */
  private beginAnew(gapMs: number): void {
    if (this.isStopped) return;
    this.context.onProblem(
      `this process stood still for ${Math.round(gapMs)} ms, another process may own its partitions by now; it begins anew`,
    );
    for (const partition of this.owned.values()) void this.leave(partition);
    this.owned.clear();
    this.changing = this.changing.then(() => this.membership.listen());
  }

  /** Reopens lanes after a reconnect. Messages lost on the way would come again only after ACK_WAIT_MS, behind later ones. */
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
      // Not awaited: its requests on the wire may take a minute, and the new owner may begin.
      void this.leave(partition);
    }
    const added = [...wanted].filter((number) => !this.owned.has(number)).map((number) => new Partition(number, this.context));
    for (const partition of added) this.owned.set(partition.number, partition);
    await Promise.all(added.map((partition) => partition.start()));
    dispatchMetrics.partitions.set(this.owned.size);
  }
}
