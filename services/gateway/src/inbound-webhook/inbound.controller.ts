import { Asker } from '#libs/service/src/ask';
import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { receiveInbound } from './receive-inbound.js';

/**
 * Where others post to. No key: the token is in the path, and a signature in the headers where one is asked for. It is no part
 * of the management API, hence not in its document.
 */
@Controller('in')
export class InboundController {
  constructor(private readonly asker: Asker) {}

  @Post(':token')
  @HttpCode(202)
  receive(@Req() request: FastifyRequest) {
    return receiveInbound(this.asker, request);
  }
}
