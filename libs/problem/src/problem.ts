/**
 * Every failure that a client can see: a stable code, its HTTP status and title. gRPC maps the status (see
 * services/gateway/src/rpc). A code is never renamed.
 */
export const problemCodes = {
  bad_request: { status: 400, title: 'The request could not be understood' },
  validation_failed: { status: 422, title: 'Some fields are not valid' },
  unauthorized: { status: 401, title: 'A valid API key is needed' },
  forbidden: { status: 403, title: 'The API key does not allow this' },
  not_found: { status: 404, title: 'There is nothing at this address' },
  method_not_allowed: { status: 405, title: 'The address does not have this method' },
  account_not_found: { status: 404, title: 'No such account' },
  api_key_not_found: { status: 404, title: 'No such API key' },
  webhook_not_found: { status: 404, title: 'No such webhook' },
  event_not_found: { status: 404, title: 'No such event' },
  event_type_not_found: { status: 404, title: 'No such event type' },
  delivery_not_found: { status: 404, title: 'No such delivery' },
  erasure_not_found: { status: 404, title: 'No such erasure' },
  replay_not_found: { status: 404, title: 'No such replay' },
  inbound_webhook_not_found: { status: 404, title: 'No such inbound webhook' },
  notification_not_found: { status: 404, title: 'No such notification' },
  rejected_event_not_found: { status: 404, title: 'No such rejected event' },
  conflict: { status: 409, title: 'The request does not fit the present state' },
  event_type_exists: { status: 409, title: 'An event type of this name exists' },
  idempotency_key_in_use: { status: 409, title: 'A request with this Idempotency-Key is still running' },
  idempotency_key_reused: { status: 422, title: 'This Idempotency-Key was used with another request' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'This content type is not supported' },
  invalid_json: { status: 400, title: 'The body is not valid JSON' },
  invalid_event: { status: 422, title: 'The event is not valid' },
  unknown_event_type: { status: 422, title: 'The event type is not in the catalog' },
  schema_mismatch: { status: 422, title: 'The data does not fit the JSON Schema of the event type' },
  invalid_cursor: { status: 400, title: 'The cursor is not valid here' },
  webhook_limit_reached: { status: 403, title: 'The plan allows no more webhooks' },
  rate_limited: { status: 429, title: 'Too many requests' },
  unverified: { status: 401, title: 'The signature does not verify' },
  internal_error: { status: 500, title: 'Something went wrong on our side' },
  unavailable: { status: 503, title: 'The service cannot answer at the moment' },
} as const;

export type ProblemCode = keyof typeof problemCodes;

/** One field's mistake: RFC 6901 pointer into the body, `/retry_policy/timeout_seconds`, and words that say what to do. */
export interface FieldError {
  pointer: string;
  detail: string;
}

/** A Problem as it travels between services. */
export interface ProblemBody {
  code: ProblemCode;
  detail: string;
  errors?: FieldError[];
  retryAfterSeconds?: number;
}

/** A Problem as a client gets it: RFC 9457 with our code, and the fields that are wrong. */
export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  detail: string;
  code: ProblemCode;
  errors?: FieldError[];
}

/** A failure that a client sees. Thrown anywhere below a controller, turned into an answer in one filter. */
export class Problem extends Error {
  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    readonly extras: { errors?: FieldError[]; retryAfterSeconds?: number } = {},
  ) {
    super(detail);
    this.name = 'Problem';
  }

  get status(): number {
    return problemCodes[this.code].status;
  }

  toBody(): ProblemBody {
    return { code: this.code, detail: this.detail, ...this.extras };
  }

  toDocument(): ProblemDocument {
    const { code, detail, status } = this;
    const { errors } = this.extras;
    const { title } = problemCodes[code];
    return { type: `https://tidings.dev/problems/${code}`, title, status, detail, code, ...(errors ? { errors } : {}) };
  }

  /** Input that is not valid: each field's mistake by its pointer, all of them in `detail`. */
  static invalid(...errors: FieldError[]): Problem {
    const detail = errors.map(({ pointer, detail: mistake }) => (pointer === '' ? mistake : `${pointer}: ${mistake}`)).join('; ');
    return new Problem('validation_failed', detail, { errors });
  }

  static fromBody(body: ProblemBody): Problem {
    const { code, detail, errors, retryAfterSeconds } = body;
    return new Problem(code, detail, {
      ...(errors ? { errors } : {}),
      ...(retryAfterSeconds !== undefined ? { retryAfterSeconds } : {}),
    });
  }
}
