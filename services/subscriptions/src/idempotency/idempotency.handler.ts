import type { Nothing, OfAccount } from '#libs/contracts/src/calls/call';
import { beginRun, endRun, releaseRun, type Begun, type Claim } from '#libs/contracts/src/calls/idempotency';
import { Answers } from '#libs/service/src/answers';
import { Controller } from '@nestjs/common';
import { IdempotencyKeys } from './idempotency-keys.js';

@Controller()
export class IdempotencyHandler {
  constructor(private readonly keys: IdempotencyKeys) {}

  @Answers(beginRun)
  begin({ accountId, key, fingerprint }: OfAccount<{ key: string; fingerprint: string }>): Promise<Begun> {
    return this.keys.begin(accountId, key, fingerprint);
  }

  @Answers(endRun)
  async end({ run, answer }: { run: Claim & { status: number }; answer: string }): Promise<Nothing> {
    await this.keys.end(run, run.status, answer);
    return {};
  }

  @Answers(releaseRun)
  async release({ run }: { run: Claim }): Promise<Nothing> {
    await this.keys.release(run);
    return {};
  }
}
