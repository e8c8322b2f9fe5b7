import { eventType } from './event-type.js';
import type { Profile } from './profile.js';

/** Asistian. Its document names no schedule: retries are those of `standard`. */
export const asistian: Profile = {
  name: 'asistian',
  envelope: ['event', 'timestamp', 'data'],
  signatureHeader: 'X-Asistian-Signature',
  retryPolicy: {
    maxRetries: 7,
    intervalsMs: [5_000, 5 * 60_000, 30 * 60_000, 120 * 60_000, 300 * 60_000, 600 * 60_000, 840 * 60_000],
    countsFrom: 'previous_attempt',
    timeoutMs: 15_000,
    jitterRatio: 0.1,
  },
  autoPause: { afterFailures: null, action: 'pause' },
  eventTypes: [
    eventType('conversation.created', 'Conversations', 'A customer starts a new conversation', {
      conversation_id: 'conv_abc123',
      channel: 'whatsapp',
      contact: { id: 'contact_xyz789', name: 'María López', phone: '+521234567890' },
      inbox: 'Sales',
      created_at: '2025-01-15T10:30:00Z',
    }),
    eventType('conversation.assigned', 'Conversations', 'A conversation is assigned to a teammate', {
      conversation_id: 'conv_abc123',
      channel: 'whatsapp',
      assignee: { id: 'user_7', name: 'Ana Ruiz' },
      inbox: 'Sales',
    }),
    eventType('conversation.resolved', 'Conversations', 'A conversation is marked as resolved', {
      conversation_id: 'conv_abc123',
      channel: 'whatsapp',
      resolved_at: '2025-01-15T11:02:00Z',
    }),
    eventType('message.received', 'Messages', 'A message is received in an inbox', {
      message_id: 'msg_1',
      conversation_id: 'conv_abc123',
      channel: 'whatsapp',
      contact: { id: 'contact_xyz789', name: 'María López', phone: '+521234567890' },
      inbox: 'Sales',
      text: 'Hola, ¿tienen citas para mañana?',
    }),
    eventType('message.sent', 'Messages', 'A message is sent to a customer', {
      message_id: 'msg_2',
      conversation_id: 'conv_abc123',
      channel: 'whatsapp',
      inbox: 'Sales',
      text: '¡Claro! ¿A qué hora?',
    }),
    eventType('contact.created', 'Contacts', 'A new contact is created', {
      contact_id: 'contact_xyz789',
      name: 'María López',
      phone: '+521234567890',
      email: 'maria@example.com',
    }),
    eventType('contact.updated', 'Contacts', 'A contact is changed', {
      contact_id: 'contact_xyz789',
      name: 'María López Díaz',
      previous_name: 'María López',
    }),
    eventType('appointment.booked', 'Appointments', 'An appointment is booked', {
      appointment_id: 'apt_55',
      contact: { id: 'contact_xyz789', name: 'María López', phone: '+521234567890' },
      starts_at: '2025-01-16T16:00:00Z',
      title: 'Demo',
    }),
  ],
};
