import type { ErasureView } from '#libs/api/src/erasure.dto';
import type { Page } from '#libs/api/src/page.dto';
import type { PayloadOf } from '#libs/contracts/src/calls/call';
import { createErasure, getErasure, listErasures } from '#libs/contracts/src/calls/erasures';
import { Answers } from '#libs/service/src/answers';
import { Controller } from '@nestjs/common';
import { Erasures } from './erasures.js';

@Controller()
export class ErasuresHandler {
  constructor(private readonly erasures: Erasures) {}

  @Answers(createErasure)
  create({ accountId, body }: PayloadOf<typeof createErasure>): Promise<ErasureView> {
    return this.erasures.create(accountId, body);
  }

  @Answers(listErasures)
  list({ accountId, query }: PayloadOf<typeof listErasures>): Promise<Page<ErasureView>> {
    return this.erasures.list(accountId, query);
  }

  @Answers(getErasure)
  get({ accountId, erasureId }: PayloadOf<typeof getErasure>): Promise<ErasureView> {
    return this.erasures.get(accountId, erasureId);
  }
}
