import { IsKeyring, OutgoingServiceSettings } from '#libs/service/src/service-settings';
import { Type } from 'class-transformer';
import { IsInt, IsNumber, IsString, Max, Min } from 'class-validator';

/** The environment of dispatch. */
export class DispatchSettings extends OutgoingServiceSettings {
  /** Opens the accounts' data keys. */
  @IsKeyring("open the webhooks' secrets")
  TIDINGS_KEK: string = '';

  /** A file with the certificates of further authorities, PEM. */
  @IsString()
  TIDINGS_EXTRA_CA_FILE: string = '';

  /** Divides every interval of a retry schedule: 60 turns minutes into seconds. */
  @Type(() => Number)
  @IsNumber()
  @Min(1)
  @Max(1_000_000)
  TIDINGS_TIME_SCALE: number = 1;

  /** Requests in flight at once, in this process. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(20_000)
  TIDINGS_REQUESTS_MAX: number = 2_048;
}
