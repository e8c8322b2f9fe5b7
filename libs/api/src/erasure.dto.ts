import { ID_PATTERN } from '#libs/contracts/src/ids';
import { Pattern, Text } from './fields.js';
import { Shown } from './shown.js';

const ERASURE_KINDS = ['event', 'record_key', 'email'] as const;
export type ErasureKind = (typeof ERASURE_KINDS)[number];
const ERASURE_STATUSES = ['running', 'completed'] as const;
export type ErasureStatus = (typeof ERASURE_STATUSES)[number];

const RECORD_KEY = /^[\x21-\x7e]{1,200}$/;
const EMAIL = /^[^\s@]+@[^\s@]+$/;

/** Exactly one of the three. */
export class CreateErasureDto {
  @Pattern(ID_PATTERN, 'must be the id of an event', 'Erases one event.', { optional: true })
  event_id?: string;

  @Pattern(RECORD_KEY, 'must be a record key, e.g. contact:42', 'Erases every event about this record.', {
    optional: true,
    example: 'contact:42',
  })
  record_key?: string;

  @Text(3, 254, 'Erases every event that has this address anywhere in its data, whatever its case.', {
    optional: true,
    pattern: EMAIL,
    mistake: 'must be an e-mail address',
    example: 'jane@example.com',
  })
  email?: string;
}

/** Does not repeat what was erased. */
export class ErasureView {
  @Shown.text('Id of the erasure.', { example: 'ers_01c6' })
  id!: string;
  @Shown.oneOf(ERASURE_KINDS, 'Criterion that selected the events.')
  by!: ErasureKind;
  @Shown.oneOf(ERASURE_STATUSES, '`completed`: all of it is gone, from the log and from the streams.')
  status!: ErasureStatus;
  @Shown.whole('Events whose payload is erased.')
  events!: number;
  @Shown.whole('Rejected events whose body is erased.')
  rejected_events!: number;
  @Shown.text('Id of the API key that asked for it.')
  created_by!: string;
  @Shown.time('When it was asked for.')
  created_at!: string;
  @Shown.time('When it was completed.', { nullable: 'it is running' })
  finished_at!: string | null;
}
