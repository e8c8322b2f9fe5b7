import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { RequestWithText } from './body-parser.js';

/** The request's body as text. Empty when there was none. */
export const BodyText = createParamDecorator((_data: unknown, context: ExecutionContext): string => {
  return requestIn(context).text ?? '';
});

/** The W3C trace that the client continues; null when it sent none. */
export const Traceparent = createParamDecorator((_data: unknown, context: ExecutionContext): string | null => {
  const { traceparent } = requestIn(context).headers;
  return typeof traceparent === 'string' ? traceparent : null;
});

function requestIn(context: ExecutionContext): Pick<RequestWithText, 'text' | 'headers'> {
  return context.switchToHttp().getRequest<RequestWithText>();
}
