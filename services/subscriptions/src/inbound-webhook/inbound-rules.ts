import type { InboundVerificationDto, UpdateInboundWebhookDto } from '#libs/api/src/inbound-webhook.dto';
import { isPlatformType, PLATFORM_TYPE_MISTAKE } from '#libs/contracts/src/notification';
import type { FieldError } from '#libs/problem/src/problem';

/** Signature header of Standard Webhooks. Naming it changes nothing. */
const STANDARD_HEADER = 'webhook-signature';
/** Secret of Standard Webhooks: base64 behind a prefix. */
const STANDARD_SECRET = /^whsec_[A-Za-z0-9+/]+={0,2}$/;

/** Checks an inbound webhook beyond its DTO: by the account's catalog and by the scheme of its verification. */
export function inboundProblems({ event, verification }: UpdateInboundWebhookDto, catalog: { name: string }[]): FieldError[] {
  const errors: FieldError[] = [];
  if (event !== undefined && isPlatformType(event)) errors.push({ pointer: '/event', detail: PLATFORM_TYPE_MISTAKE });
  else if (event !== undefined && !catalog.some(({ name }) => name === event))
    errors.push({ pointer: '/event', detail: `${event} is no event type of this account: see GET /api/v1/event-types` });
  return verification ? [...errors, ...verificationProblems(verification)] : errors;
}

function verificationProblems({ scheme, header, secret }: InboundVerificationDto): FieldError[] {
  if (scheme !== 'standard') {
    if (header) return [];
    return [{ pointer: '/verification/header', detail: `is needed with ${scheme}: name the header that has the signature` }];
  }
  const errors: FieldError[] = [];
  if (header && header.toLowerCase() !== STANDARD_HEADER)
    errors.push({ pointer: '/verification/header', detail: `is always ${STANDARD_HEADER} with standard: leave it out` });
  if (secret.startsWith('whsec_') && !STANDARD_SECRET.test(secret))
    errors.push({ pointer: '/verification/secret', detail: 'must be base64 behind whsec_' });
  return errors;
}
