import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import { MayBeLeftOut } from './field-rules.js';
import { CreateWebhookDto } from './webhook.dto.js';

export class TestWebhookDto {
  @ApiPropertyOptional({
    description: 'One event type; without it, one sample for each type that the webhook subscribes to.',
    example: 'deal.won',
    minLength: 1,
    maxLength: 128,
  })
  @MayBeLeftOut()
  @IsString()
  @Length(1, 128)
  event?: string;
}

/** A webhook that is not saved, and the one event type to try; without it, all that `events` matches. */
export class TestUnsavedWebhookDto extends CreateWebhookDto {
  @ApiPropertyOptional({ example: 'deal.won', minLength: 1, maxLength: 128 })
  @MayBeLeftOut()
  @IsString()
  @Length(1, 128)
  event?: string;
}

export class TestResultView {
  @ApiProperty()
  event!: string;
  @ApiProperty()
  success!: boolean;
  @ApiProperty({ type: 'integer', nullable: true })
  status_code!: number | null;
  @ApiProperty({ description: '`HTTP 200 OK`, `Failed: 500`, `Failed: connection refused`.' })
  message!: string;
  @ApiProperty({ type: 'integer' })
  response_time_ms!: number;
  @ApiProperty()
  delivery_id!: string;
}

export class TestResultsView {
  @ApiProperty({ type: () => TestResultView, isArray: true })
  results!: TestResultView[];
}
