import { Shown } from './shown.js';

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

const CHANGE = { type: 'object', required: ['from', 'to'], properties: { from: {}, to: {} } };

export class AuditEntryView {
  @Shown.text('Id of the entry.', { example: 'aud_01c6' })
  id!: string;
  @Shown.time('When it happened.')
  at!: string;
  @Shown.text('Id of the API key that was used, `operator`, or `tidings` for a change that follows from failures.')
  actor!: string;
  @Shown.oneOf(AUDIT_ACTIONS, 'Kind of change.')
  action!: AuditAction;
  @Shown.text('Id, or name, of the changed resource.')
  subject_id!: string;
  @Shown.schema(
    { type: 'object', additionalProperties: CHANGE },
    'Fields that differ, as the API shows them. Secrets appear without their values.',
    { example: { url: { from: 'https://old.example.com/hook', to: 'https://new.example.com/hook' } } },
  )
  changes!: Record<string, { from: unknown; to: unknown }>;
}
