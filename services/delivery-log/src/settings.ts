import { DatabaseServiceSettings } from '#libs/service/src/service-settings';

/** Environment of delivery-log. */
export class DeliveryLogSettings extends DatabaseServiceSettings {}
