import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { validId } from '../validation/valid.pipe.js';
import { toBody, toQuery, type Message } from './message.js';

/** The parts of a gRPC request under the names that HTTP's have. Like those, bodies and queries are checked against their DTO. */

/** The field that HTTP has in its path: `id` where no other is named. */
export const Id = createParamDecorator((field: string | undefined, context: ExecutionContext): string => {
  return validId(messageIn(context)[field ?? 'id'], field);
});

/** All but the field that HTTP has in its path. */
export const Body = createParamDecorator((pathField: string | undefined, context: ExecutionContext) => {
  return toBody(without(messageIn(context), pathField));
});

export const Query = createParamDecorator((pathField: string | undefined, context: ExecutionContext) => {
  return toQuery(without(messageIn(context), pathField));
});

function messageIn(context: ExecutionContext): Message {
  return context.getArgByIndex<Message>(0);
}

function without(message: Message, field = 'id'): Message {
  const { [field]: _inPath, ...rest } = message;
  return rest;
}
