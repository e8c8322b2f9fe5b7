import { ApiProperty } from '@nestjs/swagger';

const AUDIT_ACTIONS = [
  'account.created',
  'account.updated',
  'account.deleted',
  'api_key.created',
  'api_key.deleted',
  'event_type.created',
  'event_type.updated',
  'event_type.deleted',
  'webhook.created',
  'webhook.updated',
  'webhook.deleted',
  'webhook.paused',
  'webhook.resumed',
  'webhook.disabled',
  'webhook.secret_rotated',
  'inbound_webhook.created',
  'inbound_webhook.updated',
  'inbound_webhook.deleted',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export class AuditEntryView {
  @ApiProperty({ example: 'aud_01c6' })
  id!: string;
  @ApiProperty({ format: 'date-time' })
  at!: string;
  @ApiProperty({ description: 'The id of the API key that was used, `operator`, or `tidings` for what follows from failures.' })
  actor!: string;
  @ApiProperty({ enum: AUDIT_ACTIONS })
  action!: AuditAction;
  @ApiProperty({ description: 'The id, or the name, of what was changed.' })
  subject_id!: string;
  /** The fields that differ, as the API shows them; secrets without their values. */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'object', required: ['from', 'to'], properties: { from: {}, to: {} } },
    example: { url: { from: 'https://old.example.com/hook', to: 'https://new.example.com/hook' } },
  })
  changes!: Record<string, { from: unknown; to: unknown }>;
}
