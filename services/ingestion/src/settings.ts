import { IsKeyring, ServiceSettings } from '#libs/service/src/service-settings';

/** The environment of ingestion. */
export class IngestionSettings extends ServiceSettings {
  /** Opens the accounts' data keys. */
  @IsKeyring('verify inbound webhooks')
  TIDINGS_KEK: string = '';
}
