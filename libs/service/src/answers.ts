import type { Call } from '#libs/contracts/src/calls/call';
import { MessagePattern } from '@nestjs/microservices';

type Handles<Payload, Answer> = (payload: Payload) => Answer | Promise<Answer>;

/** Marks the method that answers `call`. A payload or an answer of another type does not compile. */
export function Answers<Payload extends object, Answer>(call: Call<Payload, Answer>) {
  return <Method extends Handles<Payload, Answer>>(
    target: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): void => {
    MessagePattern(call.pattern)(target, name, descriptor as PropertyDescriptor);
  };
}
