import type { InboundVerificationDto, UpdateInboundWebhookDto } from '#libs/api/src/inbound-webhook.dto';
import type { FieldError } from '#libs/problem/src/problem';

/** What Standard Webhooks calls the header. Naming it changes nothing. */
const STANDARD_HEADER = 'webhook-signature';
/** Standard Webhooks' own form of a secret: base64 behind a prefix. */
const STANDARD_SECRET = /^whsec_[A-Za-z0-9+/]+={0,2}$/;

/** The rules of an inbound webhook that its DTO cannot know: the account's catalog, and what belongs to which scheme. */
export function inboundProblems({ event, verification }: UpdateInboundWebhookDto, catalog: { name: string }[]): FieldError[] {
  const errors: FieldError[] = [];
  if (event !== undefined && !catalog.some(({ name }) => name === event))
    errors.push({ pointer: '/event', detail: `${event} is no event type of this account: see GET /api/v1/event-types` });
  return verification ? [...errors, ...verificationProblems(verification)] : errors;
}

function verificationProblems({ scheme, header, secret }: InboundVerificationDto): FieldError[] {
  if (scheme !== 'standard') {
    return header ? [] : [{ pointer: '/verification/header', detail: `is needed with ${scheme}: where the signature is` }];
  }
  const errors: FieldError[] = [];
  if (header && header.toLowerCase() !== STANDARD_HEADER)
    errors.push({ pointer: '/verification/header', detail: `is ${STANDARD_HEADER} with standard: leave it out` });
  if (secret.startsWith('whsec_') && !STANDARD_SECRET.test(secret))
    errors.push({ pointer: '/verification/secret', detail: 'must be base64 behind whsec_' });
  return errors;
}
