import type { Metadata } from '@grpc/grpc-js';
import { CreateErasureDto } from '#libs/api/src/erasure.dto';
import { ResendRejectedEventDto } from '#libs/api/src/event.dto';
import { ExplainEventQuery } from '#libs/api/src/explain.dto';
import { PageQuery } from '#libs/api/src/page.dto';
import { Asker } from '#libs/service/src/ask';
import { Controller } from '@nestjs/common';
import { Ctx, GrpcMethod, Payload } from '@nestjs/microservices';
import { explainEvent } from '../event/explain-event.js';
import { publishEvents } from '../event/publish-events.js';
import { resendRejected } from '../rejected-event/resend-rejected.js';
import { AccountId, Needs } from '../keys/caller.js';
import { Answers, AnswersPage } from './answers.js';
import { parsed } from './message.js';
import { Body, Id, Query } from './request-parts.js';

interface NewEvent {
  data_json?: string;
}

@Needs('events:read')
@Controller()
export class EventsGrpc {
  constructor(private readonly asker: Asker) {}

  @GrpcMethod('Events')
  @Needs('events:write')
  publishEvent(@AccountId() accountId: string, @Payload() event: NewEvent, @Ctx() metadata: Metadata) {
    return publishEvents(this.asker, accountId, asText(event), metadata.get('traceparent')[0]);
  }

  @GrpcMethod('Events')
  @Needs('events:write')
  async publishEvents(
    @AccountId() accountId: string,
    @Payload() { events = [] }: { events?: NewEvent[] },
    @Ctx() metadata: Metadata,
  ) {
    const text = `[${events.map(asText).join(',')}]`;
    return { receipts: await publishEvents(this.asker, accountId, text, metadata.get('traceparent')[0]) };
  }

  @GrpcMethod('Events')
  @Answers('event')
  getEvent(@AccountId() accountId: string, @Id() eventId: string) {
    return this.asker.ask('delivery_log.events.get', { accountId, eventId });
  }

  @GrpcMethod('Events')
  @Needs('deliveries:read')
  explainEvent(@AccountId() accountId: string, @Id() eventId: string, @Query() query: ExplainEventQuery) {
    return explainEvent(this.asker, accountId, eventId, query);
  }

  @GrpcMethod('Events')
  @AnswersPage('rejected_events')
  listRejectedEvents(@AccountId() accountId: string, @Query() query: PageQuery) {
    return this.asker.ask('delivery_log.rejected_events.list', { accountId, query });
  }

  @GrpcMethod('Events')
  @Answers('rejected_event')
  getRejectedEvent(@AccountId() accountId: string, @Id() rejectedId: string) {
    return this.asker.ask('delivery_log.rejected_events.get', { accountId, rejectedId });
  }

  @GrpcMethod('Events')
  @Needs('events:write')
  resendRejectedEvent(@AccountId() accountId: string, @Id() rejectedId: string, @Body() body: ResendRejectedEventDto) {
    return resendRejected(this.asker, accountId, rejectedId, body);
  }

  @GrpcMethod('Events')
  @Needs('events:erase')
  @Answers('erasure')
  createErasure(@AccountId() accountId: string, @Body() body: CreateErasureDto) {
    return this.asker.ask('delivery_log.erasures.create', { accountId, body });
  }

  @GrpcMethod('Events')
  @Needs('events:erase')
  @AnswersPage('erasures')
  listErasures(@AccountId() accountId: string, @Query() query: PageQuery) {
    return this.asker.ask('delivery_log.erasures.list', { accountId, query });
  }

  @GrpcMethod('Events')
  @Needs('events:erase')
  @Answers('erasure')
  getErasure(@AccountId() accountId: string, @Id() erasureId: string) {
    return this.asker.ask('delivery_log.erasures.get', { accountId, erasureId });
  }
}

/** The event as HTTP's body. Its data is spliced in as text, so that its bytes stay what they are. */
function asText({ data_json: data, ...rest }: NewEvent): string {
  const head = JSON.stringify(rest);
  if (data === undefined) return head;
  // By itself: text that ends the data and goes on would be other fields.
  parsed('data_json', data);
  return `${head.slice(0, -1)}${head === '{}' ? '' : ','}"data":${data}}`;
}
