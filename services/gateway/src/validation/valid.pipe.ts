import { EVENT_TYPE_PATTERN } from '#libs/contracts/src/crm-event';
import { ID_PATTERN } from '#libs/contracts/src/ids';
import { Problem } from '#libs/problem/src/problem';
import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { validated } from './validated.js';

/** Checks bodies and queries against their DTOs, and ids and event types (`name`) against what they can be: one that cannot be is not found. */
@Injectable()
export class ValidPipe implements PipeTransform {
  transform(value: unknown, { type, metatype, data }: ArgumentMetadata): unknown {
    if (type === 'param') {
      const isName = data === 'name' && EVENT_TYPE_PATTERN.test(String(value));
      if (!isName && !ID_PATTERN.test(String(value))) throw new Problem('not_found', `There is nothing of this ${data ?? 'id'}.`);
      return value;
    }
    const isDto = metatype !== undefined && metatype !== Object && metatype !== String;
    if ((type !== 'body' && type !== 'query') || !isDto) return value;
    return validated(metatype as new () => object, type === 'body' ? (value ?? {}) : value);
  }
}
