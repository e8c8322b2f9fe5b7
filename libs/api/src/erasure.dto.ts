import { ID_PATTERN } from '#libs/contracts/src/ids';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Length, Matches } from 'class-validator';
import { MayBeLeftOut } from './field-rules.js';

const ERASURE_KINDS = ['event', 'record_key', 'email'] as const;
export type ErasureKind = (typeof ERASURE_KINDS)[number];
const ERASURE_STATUSES = ['running', 'completed'] as const;
export type ErasureStatus = (typeof ERASURE_STATUSES)[number];

const RECORD_KEY = /^[\x21-\x7e]{1,200}$/;
const EMAIL = /^[^\s@]+@[^\s@]+$/;

/** Exactly one of the three. */
export class CreateErasureDto {
  @ApiPropertyOptional({ description: 'One event.', pattern: ID_PATTERN.source })
  @MayBeLeftOut()
  @Matches(ID_PATTERN, { message: 'must be the id of an event' })
  event_id?: string;

  @ApiPropertyOptional({ description: 'Every event about this record.', example: 'contact:42', pattern: RECORD_KEY.source })
  @MayBeLeftOut()
  @Matches(RECORD_KEY, { message: 'must be a record key, e.g. contact:42' })
  record_key?: string;

  @ApiPropertyOptional({
    description: 'Every event that has this address anywhere in its data, in capitals or not.',
    example: 'jane@example.com',
    pattern: EMAIL.source,
    minLength: 3,
    maxLength: 254,
  })
  @MayBeLeftOut()
  @Length(3, 254)
  @Matches(EMAIL, { message: 'must be an e-mail address' })
  email?: string;
}

/** Does not repeat what was erased. */
export class ErasureView {
  @ApiProperty({ example: 'ers_01c6' })
  id!: string;
  @ApiProperty({ description: 'What it was asked for by.', enum: ERASURE_KINDS })
  by!: ErasureKind;
  @ApiProperty({ description: '`completed`: all of it is gone, from the log and from the streams.', enum: ERASURE_STATUSES })
  status!: ErasureStatus;
  @ApiProperty({ description: 'Events whose payload is erased.', type: 'integer' })
  events!: number;
  @ApiProperty({ description: 'Rejected events whose body is erased.', type: 'integer' })
  rejected_events!: number;
  @ApiProperty({ description: 'The id of the API key that asked for it.' })
  created_by!: string;
  @ApiProperty({ format: 'date-time' })
  created_at!: string;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  finished_at!: string | null;
}
