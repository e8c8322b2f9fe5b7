import { DatabaseServiceSettings } from '#libs/service/src/service-settings';

/** The environment of delivery-log. */
export class DeliveryLogSettings extends DatabaseServiceSettings {}
