import type { UpdateWebhookDto } from '#libs/api/src/webhook.dto';
import { filterProblems } from '#libs/matching/src/filter-problems';
import { patternsOf } from '#libs/matching/src/event-pattern';
import type { OutgoingPolicy } from '#libs/outgoing/src/outgoing-policy';
import { urlProblem } from '#libs/outgoing/src/url-rule';
import type { FieldError } from '#libs/problem/src/problem';
import type { EventType } from '#libs/profiles/src/profile';

/** Checks a webhook beyond its DTO: by the operator's policy and the account's catalog. */
export class WebhookRules {
  constructor(private readonly policy: OutgoingPolicy) {}

  problems(body: UpdateWebhookDto, catalog: EventType[]): FieldError[] {
    const errors: FieldError[] = [];
    if (body.url !== undefined) {
      const detail = urlProblem(body.url, this.policy);
      if (detail !== null) errors.push({ pointer: '/url', detail });
    }
    if (body.filter) errors.push(...filterProblems(body.filter, '/filter'));
    for (const [index, pattern] of (body.events ?? []).entries()) {
      const isKnown = catalog.some(({ name }) => patternsOf(name).includes(pattern));
      if (!isKnown)
        errors.push({
          pointer: `/events/${index}`,
          detail: 'matches no event type of this account: see GET /api/v1/event-types',
        });
    }
    return errors;
  }
}
