import { DATA_PATH } from '#libs/matching/src/data-path';
import { applyDecorators } from '@nestjs/common';
import { ArrayMaxSize, IsArray, isISO8601, isRFC3339, Matches, MaxLength, ValidateBy, ValidateIf } from 'class-validator';

/** The field may be left out, but is not null: null takes away what a resource may lack (`IsOptional`), and this it may not. */
export function MayBeLeftOut(): PropertyDecorator {
  return ValidateIf((_object, value) => value !== undefined);
}

/** RFC 3339, of a day that exists. */
export function IsTime(): PropertyDecorator {
  return ValidateBy({
    name: 'isTime',
    validator: {
      validate: (value: unknown) => isRFC3339(value) && isISO8601(value, { strict: true }),
      defaultMessage: () => 'must be an RFC 3339 time, e.g. 2026-03-21T14:30:00Z',
    },
  });
}

export const DATA_PATHS_MAX = 100;
export const DATA_PATH_LENGTH_MAX = 200;

/** Paths into an event's data, as filters have them. They are in every fact of their webhook's attempts, hence short. */
export function IsDataPaths(): PropertyDecorator {
  const message = 'each must be a path into data, of at most 10 names: data.amount, data.contact.email';
  return applyDecorators(
    IsArray(),
    ArrayMaxSize(DATA_PATHS_MAX),
    MaxLength(DATA_PATH_LENGTH_MAX, { each: true }),
    Matches(DATA_PATH, { each: true, message }),
  );
}

/** An object whose values are all texts. */
export function IsTexts(): PropertyDecorator {
  return ValidateBy({
    name: 'isTexts',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'object' &&
        value !== null &&
        !Array.isArray(value) &&
        Object.values(value).every((one) => typeof one === 'string'),
      defaultMessage: () => 'must be an object of texts',
    },
  });
}
