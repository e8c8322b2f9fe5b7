import { Asker } from '#libs/service/src/ask';
import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { receivePost } from './receive-inbound.js';

/**
 * The addresses that others post to. They need no key: the token is in the path, and a signature in the headers if the inbound
 * webhook verifies one. `openapi/inbound-path.ts` describes them.
 */
@Controller('in')
export class InboundController {
  constructor(private readonly asker: Asker) {}

  @Post(':token')
  @HttpCode(202)
  receive(@Req() request: FastifyRequest) {
    return receivePost(this.asker, request);
  }
}
