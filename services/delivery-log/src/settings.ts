import { DatabaseServiceSettings } from '#libs/service/src/service-settings';

/** The environment of delivery-log: nothing beyond what every service with a database has. */
export class DeliveryLogSettings extends DatabaseServiceSettings {}
