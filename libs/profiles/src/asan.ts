import { eventType } from './event-type.js';
import type { Profile } from './profile.js';

/** Asan CRM: three retries, each counted from the attempt before it. The time-out is 10 s, logged as 408. */
export const asan: Profile = {
  name: 'asan',
  envelope: ['event', 'timestamp', 'data'],
  signatureHeader: 'X-Asan-Signature',
  retryPolicy: {
    maxRetries: 3,
    intervalsMs: [1 * 60_000, 10 * 60_000, 60 * 60_000],
    countsFrom: 'previous_attempt',
    timeoutMs: 10_000,
    jitterRatio: 0,
  },
  autoPause: { afterFailures: null, action: 'pause' },
  eventTypes: [
    eventType('lead.created', 'Leads', 'New lead added', {
      lead_id: 12345,
      name: 'Jane Smith',
      email: 'jane@example.com',
      phone: '+14165551234',
      source: 'facebook',
    }),
    eventType('lead.status_changed', 'Leads', 'Lead status updated', {
      lead_id: 12345,
      old_status: 'new',
      new_status: 'contacted',
    }),
    eventType('call.completed', 'Calls', 'Call ends', {
      call_id: 981,
      lead_id: 12345,
      duration: 184,
      recording_url: 'https://recordings.example.com/981.mp3',
    }),
    eventType('call.recording_ready', 'Calls', 'Recording processed', {
      call_id: 981,
      recording_url: 'https://recordings.example.com/981.mp3',
      transcript: 'Hello, this is Jane.',
    }),
    eventType('meeting.booked', 'Meetings', 'Meeting scheduled', {
      meeting_id: 77,
      lead_id: 12345,
      datetime: '2026-06-20T15:00:00Z',
      type: 'video',
    }),
    eventType('deal.stage_changed', 'Deals', 'Deal moves pipeline', {
      deal_id: 42,
      lead_id: 12345,
      old_stage: 'Proposal',
      new_stage: 'Negotiation',
    }),
    eventType('sms.received', 'Messages', 'Inbound SMS', {
      lead_id: 12345,
      from: '+14165551234',
      body: 'Can we talk tomorrow?',
      timestamp: '2026-06-16T14:32:00Z',
    }),
  ],
};
