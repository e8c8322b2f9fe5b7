import type { Begun, Claim } from '#libs/contracts/src/calls/idempotency';
import { newId } from '#libs/contracts/src/ids';
import { HOUR_MS } from '#libs/contracts/src/time';
import type { Sealed } from '#libs/contracts/src/webhook-state';
import { asAccount, asEveryone } from '#libs/postgres/src/database';
import { changedRows, firstRow } from '#libs/postgres/src/rows';
import { Problem } from '#libs/problem/src/problem';
import { requestContext } from '#libs/service/src/request-context';
import { boundTo, Keyring, open, seal, type WrappedKey } from '#libs/signing/src/envelope-encryption';
import { every } from '#libs/timing/src/every';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';

interface Row {
  fingerprint: string;
  status: number | null;
  data_key: WrappedKey | null;
  answer: Sealed | null;
}

/**
 * Makes a POST with an Idempotency-Key happen once: for 24 hours a repeated request gets the first answer. A creation keeps its
 * answer in its own transaction (`remember`), so neither a crash nor a late answer creates it twice.
 */
@Injectable()
export class IdempotencyKeys {
  private readonly logger = new Logger(IdempotencyKeys.name);
  private stopSweeping: () => void = () => undefined;

  constructor(
    private readonly database: DataSource,
    private readonly keyring: Keyring,
  ) {}

  start(): void {
    this.stopSweeping = every(
      HOUR_MS,
      () => this.sweep(),
      (error) => this.logger.warn(`old idempotency keys were not removed, trying again in an hour: ${(error as Error).message}`),
    );
  }

  stop(): void {
    this.stopSweeping();
  }

  /**
   * Lets a request run, or returns the answer of the run before. Throws `idempotency_key_reused` for another request (another
   * `fingerprint`), `idempotency_key_in_use` while the first one runs. A run without an end after two minutes has died.
   */
  begin(accountId: string, key: string, fingerprint: string): Promise<Begun> {
    const claim = newId('req');
    return asAccount(this.database, accountId, async (manager) => {
      const claimed = await firstRow(
        manager,
        `INSERT INTO subscriptions.idempotency_keys AS known (account_id, key, claim, fingerprint) VALUES ($1, $2, $3, $4)
         ON CONFLICT (account_id, key) DO UPDATE
           SET claim = excluded.claim, fingerprint = excluded.fingerprint, claimed_at = now(), status = NULL, answer = NULL
           WHERE known.claimed_at < now() - CASE WHEN known.status IS NULL THEN interval '2 minutes' ELSE interval '24 hours' END
         RETURNING 1`,
        [accountId, key, claim, fingerprint],
      );
      if (claimed) return { claim };
      const row = await firstRow<Row>(
        manager,
        'SELECT fingerprint, status, data_key, answer FROM subscriptions.idempotency_keys WHERE account_id = $1 AND key = $2',
        [accountId, key],
      );
      if (row && row.fingerprint !== fingerprint)
        throw new Problem('idempotency_key_reused', 'This Idempotency-Key belongs to another request. Use a new key.');
      if (!row || row.status === null || row.answer === null || row.data_key === null) {
        throw new Problem('idempotency_key_in_use', 'Wait for the answer of the first request, or ask again in a moment.', {
          retryAfterSeconds: 1,
        });
      }
      const { status, data_key: dataKey, answer } = row;
      return { status, answer: open(this.keyring.unwrap(dataKey), answer, boundTo(accountId, key, 'answer')) };
    });
  }

  /** Keeps the answer of a change within its transaction. Does nothing for a request without a key. */
  async remember(manager: EntityManager, answer: object): Promise<void> {
    const run = requestContext()?.idempotency;
    if (!run) return;
    const isKept = await this.keep(manager, run, run.status, JSON.stringify(answer));
    // Another run has taken over: this one was thought dead, and the client has tried again.
    if (!isKept)
      throw new Problem('idempotency_key_in_use', 'Another request with this Idempotency-Key runs. Wait for its answer.');
  }

  /** Keeps the answer of a run that has succeeded, exactly as the client got it. */
  async end(run: Claim, status: number, answer: string): Promise<void> {
    await asAccount(this.database, run.accountId, (manager) => this.keep(manager, run, status, answer));
  }

  /** Releases the key of a failed run for another try. A run that has remembered its answer keeps the key. */
  async release({ accountId, key, claim }: Claim): Promise<void> {
    await asAccount(this.database, accountId, (manager) =>
      changedRows(
        manager,
        'DELETE FROM subscriptions.idempotency_keys WHERE account_id = $1 AND key = $2 AND claim = $3 AND status IS NULL',
        [accountId, key, claim],
      ),
    );
  }

  private async keep(manager: EntityManager, { accountId, key, claim }: Claim, status: number, answer: string): Promise<boolean> {
    const dataKey = this.keyring.newDataKey();
    const box = seal(this.keyring.unwrap(dataKey), answer, boundTo(accountId, key, 'answer'));
    const changed = await changedRows(
      manager,
      `UPDATE subscriptions.idempotency_keys SET status = $4, data_key = $5, answer = $6
       WHERE account_id = $1 AND key = $2 AND claim = $3`,
      [accountId, key, claim, status, JSON.stringify(dataKey), JSON.stringify(box)],
    );
    return changed === 1;
  }

  private async sweep(): Promise<void> {
    await asEveryone(this.database, (manager) =>
      changedRows(manager, `DELETE FROM subscriptions.idempotency_keys WHERE claimed_at < now() - interval '24 hours'`),
    );
  }
}
