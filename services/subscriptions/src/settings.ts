import { DatabaseServiceSettings } from '#libs/service/src/service-settings';
import { IsNotEmpty, IsString } from 'class-validator';

/** The environment of subscriptions. */
export class SubscriptionsSettings extends DatabaseServiceSettings {
  /** `<id>:<base64 of 32 bytes>`, several separated by commas: wraps the accounts' data keys; the first one is for new ones. */
  @IsNotEmpty({
    message: 'is needed to encrypt the webhooks\' secrets: <id>:<base64 of 32 bytes>, e.g. "k1:$(openssl rand -base64 32)"',
  })
  @IsString()
  TIDINGS_KEK: string = '';

  /** `true` lets webhooks use plain HTTP, for development. */
  @IsString()
  TIDINGS_ALLOW_HTTP_URLS: string = '';

  /** Networks that webhooks may name although they are not public: `127.0.0.0/8`. */
  @IsString()
  TIDINGS_ALLOWED_CIDRS: string = '';

  /** Our own public names, which no webhook may call. */
  @IsString()
  TIDINGS_OWN_HOSTNAMES: string = '';
}
