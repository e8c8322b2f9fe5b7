import { OmitType } from '@nestjs/swagger';
import { Text } from './fields.js';
import { Shown } from './shown.js';
import { CreateWebhookDto } from './webhook.dto.js';

const EVENT = 'Event type to try. One sample for each subscribed type by default.';

export class TestWebhookDto {
  @Text(1, 128, EVENT, { optional: true, example: 'deal.won' })
  event?: string;
}

/** A webhook that is not saved, and the event type to try. */
export class TestUnsavedWebhookDto extends OmitType(CreateWebhookDto, ['paused'] as const) {
  @Text(1, 128, EVENT, { optional: true, example: 'deal.won' })
  event?: string;
}

export class TestResultView {
  @Shown.text('Event type of the sample.')
  event!: string;
  @Shown.flag('Whether the receiver answered 2xx.')
  success!: boolean;
  @Shown.whole('Status code of the response; 408 for a time-out.', { nullable: 'no response' })
  status_code!: number | null;
  @Shown.text('Result in words: `HTTP 200 OK`, `Failed: 500`, `Failed: connection refused`.')
  message!: string;
  @Shown.whole('Duration of the request, ms.')
  response_time_ms!: number;
  @Shown.text('Id of the test delivery in the log.')
  delivery_id!: string;
}

export class TestResultsView {
  @Shown.list(() => TestResultView, 'One result for each sample.')
  results!: TestResultView[];
}
