import { IsKeyring, IsPostgresUrl, OutgoingServiceSettings } from '#libs/service/src/service-settings';

/** The environment of subscriptions. */
export class SubscriptionsSettings extends OutgoingServiceSettings {
  @IsPostgresUrl()
  DATABASE_URL: string = '';

  /** Wraps the accounts' data keys. The first key wraps new ones; all of them open. */
  @IsKeyring("encrypt the webhooks' secrets")
  TIDINGS_KEK: string = '';
}
