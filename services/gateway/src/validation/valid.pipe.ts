import { EVENT_TYPE_PATTERN } from '#libs/contracts/src/crm-event';
import { ID_PATTERN } from '#libs/contracts/src/ids';
import { Problem } from '#libs/problem/src/problem';
import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { validated } from './validated.js';

/** Checks bodies and queries against their DTOs, and path parameters against the shape of ids. */
@Injectable()
export class ValidPipe implements PipeTransform {
  transform(value: unknown, { type, metatype, data }: ArgumentMetadata): unknown {
    if (type === 'param') return validId(value, data);
    // A DTO is always a body or a query, also when one of gRPC's decorators has taken it from the message.
    const isDto = metatype !== undefined && metatype !== Object && metatype !== String;
    return isDto ? validated(metatype as new () => object, value ?? {}) : value;
  }
}

/** An id, or an event type where `field` is `name`. Throws `not_found` for what cannot be one. */
export function validId(value: unknown, field = 'id'): string {
  const isName = field === 'name' && EVENT_TYPE_PATTERN.test(String(value));
  if (typeof value === 'string' && (isName || ID_PATTERN.test(value))) return value;
  throw new Problem('not_found', `There is nothing of this ${field}.`);
}
