import type { DeliveryFact, FactBatch } from '#libs/contracts/src/fact';
import { subjects } from '#libs/contracts/src/subjects';
import type { Publisher } from '#libs/jetstream/src/publisher';

/**
 * Facts of one message: up to 100, or what came within 3 ms, or while the message before was on its way to the disk. That
 * alone was worth a factor of 1.6.
 */
const FACTS_PER_MESSAGE_MAX = 100;
const GATHER_MS = 3;
/** Answers count most; a batch stays far below the largest message. */
const BATCH_BYTES_MAX = 512 * 1024;

/** Writes what happened to the deliveries of one partition to FACTS. */
export class FactWriter {
  private facts: DeliveryFact[] = [];
  private bytes = 0;
  private waiters: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  private timer: NodeJS.Timeout | null = null;
  private unanswered = 0;

  /** `onDurable` hears of each fact when it is stored, before the writer of the fact does. */
  constructor(
    private readonly publisher: Publisher,
    private readonly partition: number,
    private readonly onDurable: (fact: DeliveryFact) => void,
  ) {}

  /** Resolves when the fact is durable. */
  write(fact: DeliveryFact): Promise<void> {
    return new Promise((resolve, reject) => {
      this.facts.push(fact);
      this.bytes += sizeOf(fact);
      this.waiters.push({ resolve, reject });
      if (this.facts.length >= FACTS_PER_MESSAGE_MAX || this.bytes >= BATCH_BYTES_MAX) this.flush();
      else if (this.unanswered === 0) this.timer ??= setTimeout(() => this.flush(), GATHER_MS);
    });
  }

  private flush(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const { facts, waiters } = this;
    if (facts.length === 0) return;
    this.facts = [];
    this.bytes = 0;
    this.waiters = [];
    const batch: FactBatch = { v: 1, facts };
    this.unanswered++;
    this.publisher.publish(subjects.fact(this.partition), JSON.stringify(batch), { msgId: facts[0]!.id }).then(
      () => {
        this.answered();
        for (const fact of facts) this.onDurable(fact);
        for (const waiter of waiters) waiter.resolve();
      },
      (error: unknown) => {
        this.answered();
        for (const waiter of waiters) waiter.reject(error);
      },
    );
  }

  private answered(): void {
    if (--this.unanswered === 0) this.flush();
  }
}

/** Roughly: what can be large is counted, the rest is a constant. */
function sizeOf(fact: DeliveryFact): number {
  if (!('attempt' in fact) || fact.attempt === null) return 600;
  const { answer, requestHeaders, url } = fact.attempt;
  let size = 900 + (answer?.length ?? 0) + url.length;
  for (const name in requestHeaders) size += name.length + requestHeaders[name]!.length + 8;
  const { dataFields, maskedFields } = fact.body ?? {};
  if (dataFields || maskedFields) size += Buffer.byteLength(JSON.stringify([dataFields, maskedFields]));
  return size + ('test' in fact && fact.test ? fact.test.data.length * 2 : 0);
}
