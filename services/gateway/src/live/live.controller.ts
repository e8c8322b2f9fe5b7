import { LiveDeliveriesQuery, LiveDeliveryView } from '#libs/api/src/live.dto';
import { Problem } from '#libs/problem/src/problem';
import { Controller, Get, Headers, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AccountId, Needs } from '../keys/caller.js';
import { AnswersEvents, Problems } from '../route/describe.js';
import { LiveDeliveries, type LivePosition } from './live-deliveries.js';

/** Comments keep proxies from closing the connection, and reveal a client that is gone. */
const HEARTBEAT_EVERY_MS = 15_000;
/** After this time the client reconnects, so that its key is checked again. */
const LASTS_MS = 15 * 60_000;
/** A client with more unread bytes is disconnected. It resumes where it was when it reconnects. */
const UNREAD_BYTES_MAX = 1024 * 1024;

/** Server-sent events (WHATWG HTML, 9.2). */
@ApiTags('Deliveries')
@Controller('api/v1/live/deliveries')
export class LiveController {
  constructor(private readonly live: LiveDeliveries) {}

  @Get()
  @Needs('deliveries:read')
  @AnswersEvents('Streams deliveries as they happen; Last-Event-ID resumes where the client stopped', LiveDeliveryView)
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: '`id` of the last event that arrived. The stream continues after it.',
    schema: { type: 'string' },
  })
  @Problems('bad_request')
  followDeliveries(
    @AccountId() accountId: string,
    @Query() query: LiveDeliveriesQuery,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): void {
    const from = positionOf(lastEventId ?? query.last_event_id);
    const { raw } = reply;
    const stops: (() => void)[] = [this.live.enter(() => raw.end())];
    reply.hijack();
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    });
    const heartbeat = setInterval(() => raw.write(': here\n\n'), HEARTBEAT_EVERY_MS);
    const end = setTimeout(() => raw.end(), LASTS_MS);
    stops.push(
      () => clearInterval(heartbeat),
      () => clearTimeout(end),
    );
    raw.once('close', () => stops.forEach((stop) => stop()));
    this.live
      .follow(accountId, from, ({ seq, index }, delivery) => {
        if (query.webhook_id !== undefined && delivery.webhook_id !== query.webhook_id) return;
        raw.write(`id: ${seq}.${index}\nevent: delivery\ndata: ${JSON.stringify(delivery)}\n\n`);
        if (raw.writableLength > UNREAD_BYTES_MAX) raw.destroy();
      })
      .then(
        (stop) => {
          if (raw.destroyed) return stop();
          stops.push(stop);
          // No delivery is missed after this line.
          raw.write('retry: 1000\n: following\n\n');
        },
        // NATS does not answer: the client reconnects.
        () => raw.end(),
      );
  }
}

function positionOf(id: string | undefined): LivePosition | null {
  if (id === undefined || id === '') return null;
  const [, seq, index] = /^(\d{1,15})\.(\d{1,4})$/.exec(id) ?? [];
  if (seq === undefined || Number(seq) === 0)
    throw new Problem('bad_request', 'Last-Event-ID must be the id of an event of this stream, e.g. 1042.3.');
  return { seq: Number(seq), index: Number(index) };
}
