import { DatabaseServiceSettings } from '#libs/service/src/service-settings';
import { Type } from 'class-transformer';
import { IsInt, Max, Min } from 'class-validator';

/** The environment of delivery-log. */
export class DeliveryLogSettings extends DatabaseServiceSettings {
  /** For so many days the log shows what happened. The streams keep 32 days, so a rebuild can tell no more. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(31)
  TIDINGS_LOG_DAYS: number = 30;
}
