import { ServiceSettings } from '#libs/service/src/service-settings';
import { IsNotEmpty, IsString } from 'class-validator';

/** The environment of ingestion. */
export class IngestionSettings extends ServiceSettings {
  /** `<id>:<base64 of 32 bytes>`, several separated by commas: opens the accounts' data keys. */
  @IsNotEmpty({
    message: 'is needed to verify inbound webhooks: <id>:<base64 of 32 bytes>, e.g. "k1:$(openssl rand -base64 32)"',
  })
  @IsString()
  TIDINGS_KEK: string = '';
}
