import { ServiceSettings } from '#libs/service/src/service-settings';

/** The environment of ingestion: nothing beyond what every service has. */
export class IngestionSettings extends ServiceSettings {}
