import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';

export class LiveDeliveriesQuery {
  /** Of one webhook only. */
  @ApiPropertyOptional()
  @IsOptional()
  @Matches(/^[A-Za-z0-9_-]{1,64}$/, { message: 'must be a webhook id' })
  webhook_id?: string;

  /** Where to go on: the `id` of the last event that came, for clients that cannot send `Last-Event-ID`. */
  @ApiPropertyOptional({ example: '1042.3' })
  @IsOptional()
  @Matches(/^\d{1,15}\.\d{1,4}$/, { message: 'must be the id of an event of this stream, e.g. 1042.3' })
  last_event_id?: string;
}
