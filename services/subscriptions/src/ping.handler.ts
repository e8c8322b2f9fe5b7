import type { Nothing } from '#libs/contracts/src/calls/call';
import { pingSubscriptions } from '#libs/contracts/src/calls/webhooks';
import { Answers } from '#libs/service/src/answers';
import { Controller } from '@nestjs/common';

/** Shows the gateway that this service answers. */
@Controller()
export class PingHandler {
  @Answers(pingSubscriptions)
  ping(): Nothing {
    return {};
  }
}
