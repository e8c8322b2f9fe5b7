import { newId } from '#libs/contracts/src/ids';
import { asAccount, asEveryone } from '#libs/postgres/src/database';
import { Problem } from '#libs/problem/src/problem';
import { requestContext } from '#libs/service/src/request-context';
import { Keyring, open, seal, type WrappedKey } from '#libs/signing/src/envelope-encryption';
import type { Sealed } from '#libs/contracts/src/webhook-state';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

/** A run of a request that has an Idempotency-Key. */
export interface Claim {
  accountId: string;
  key: string;
  claim: string;
}

/** The request may run under this claim; or it has run, and this is what was answered. */
export type Begun = { claim: string } | { status: number; answer: string };

interface Row {
  fingerprint: string;
  status: number | null;
  data_key: WrappedKey | null;
  answer: Sealed | null;
}

const SWEEP_EVERY_MS = 60 * 60_000;

/**
 * A key makes a POST happen once: for 24 hours its answer is given again. What is created in PostgreSQL keeps its answer in the
 * transaction that creates it (`remember`), so that no crash and no answer that came too late makes it twice.
 */
@Injectable()
export class IdempotencyKeys {
  private readonly logger = new Logger(IdempotencyKeys.name);
  private timer: NodeJS.Timeout;

  constructor(
    private readonly database: DataSource,
    private readonly keyring: Keyring,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.sweep().catch((error: Error) => this.logger.warn(`old idempotency keys were not removed: ${error.message}`));
    }, SWEEP_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /**
   * `fingerprint` tells one request from another. Throws `idempotency_key_reused` for another request, `idempotency_key_in_use`
   * while the first one runs. A run that nobody has ended in two minutes, longer than any request lasts, has died.
   */
  begin(accountId: string, key: string, fingerprint: string): Promise<Begun> {
    const claim = newId('req');
    return asAccount(this.database, accountId, async (manager) => {
      const claimed: unknown[] = await manager.query(
        `INSERT INTO subscriptions.idempotency_keys AS known (account_id, key, claim, fingerprint) VALUES ($1, $2, $3, $4)
         ON CONFLICT (account_id, key) DO UPDATE
           SET claim = excluded.claim, fingerprint = excluded.fingerprint, claimed_at = now(), status = NULL, answer = NULL
           WHERE known.claimed_at < now() - CASE WHEN known.status IS NULL THEN interval '2 minutes' ELSE interval '24 hours' END
         RETURNING 1`,
        [accountId, key, claim, fingerprint],
      );
      if (claimed.length > 0) return { claim };
      const [row]: Row[] = await manager.query(
        'SELECT fingerprint, status, data_key, answer FROM subscriptions.idempotency_keys WHERE account_id = $1 AND key = $2',
        [accountId, key],
      );
      if (row && row.fingerprint !== fingerprint) throw new Problem('idempotency_key_reused', 'Use a new key for a new request.');
      if (!row || row.status === null || row.answer === null || row.data_key === null) {
        throw new Problem('idempotency_key_in_use', 'Wait for the answer of the first request, or ask again in a moment.', {
          retryAfterSeconds: 1,
        });
      }
      const { status, data_key: dataKey, answer } = row;
      return { status, answer: open(this.keyring.unwrap(dataKey), answer, boundTo(accountId, key)) };
    });
  }

  /** Within the transaction of a change: keeps its answer. Does nothing for a request without a key. */
  async remember(manager: EntityManager, answer: object): Promise<void> {
    const run = requestContext()?.idempotency;
    if (!run) return;
    const isKept = await this.keep(manager, run, run.status, JSON.stringify(answer));
    // The client was told to try again meanwhile, and another run does it.
    if (!isKept) throw new Problem('idempotency_key_in_use', 'This request has been begun again.');
  }

  /** Keeps the answer of a run that has ended well, as the client got it. */
  async end(run: Claim, status: number, answer: string): Promise<void> {
    await asAccount(this.database, run.accountId, (manager) => this.keep(manager, run, status, answer));
  }

  /** A run that failed has changed nothing, or has remembered its answer: the same request may come again. */
  async release({ accountId, key, claim }: Claim): Promise<void> {
    await asAccount(this.database, accountId, (manager) =>
      manager.query(
        'DELETE FROM subscriptions.idempotency_keys WHERE account_id = $1 AND key = $2 AND claim = $3 AND status IS NULL',
        [accountId, key, claim],
      ),
    );
  }

  private async keep(manager: EntityManager, { accountId, key, claim }: Claim, status: number, answer: string): Promise<boolean> {
    const dataKey = this.keyring.newDataKey();
    const box = seal(this.keyring.unwrap(dataKey), answer, boundTo(accountId, key));
    const [, changed]: [unknown, number] = await manager.query(
      `UPDATE subscriptions.idempotency_keys SET status = $4, data_key = $5, answer = $6
       WHERE account_id = $1 AND key = $2 AND claim = $3`,
      [accountId, key, claim, status, JSON.stringify(dataKey), JSON.stringify(box)],
    );
    return changed === 1;
  }

  private async sweep(): Promise<void> {
    await asEveryone(this.database, (manager) =>
      manager.query(`DELETE FROM subscriptions.idempotency_keys WHERE claimed_at < now() - interval '24 hours'`),
    );
  }
}

function boundTo(accountId: string, key: string): string {
  return `${accountId}\n${key}\nanswer`;
}
