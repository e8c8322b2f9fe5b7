import type { Page } from '#libs/api/src/page.dto';
import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Needs } from '../keys/caller.js';
import { AnswersPage } from '../route/describe.js';
import { GatewaySettings } from '../settings.js';

@ApiTags('Webhooks')
@Controller('api/v1/ip-addresses')
export class IpAddressController {
  constructor(private readonly settings: GatewaySettings) {}

  @Get()
  @Needs('webhooks:read')
  @AnswersPage('Lists the addresses that deliveries come from, for allow-lists', String)
  listIpAddresses(): Page<string> {
    return { data: this.settings.ipAddresses, next_cursor: null };
  }
}
