import { isISO8601, isRFC3339, ValidateBy, ValidateIf } from 'class-validator';

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
