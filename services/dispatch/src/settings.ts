import { ServiceSettings } from '#libs/service/src/service-settings';
import { Type } from 'class-transformer';
import { IsInt, IsNotEmpty, IsNumber, IsString, Max, Min } from 'class-validator';

/** The environment of dispatch. */
export class DispatchSettings extends ServiceSettings {
  /** `<id>:<base64 of 32 bytes>`, several separated by commas: opens the accounts' data keys. */
  @IsNotEmpty({
    message: 'is needed to open the webhooks\' secrets: <id>:<base64 of 32 bytes>, e.g. "k1:$(openssl rand -base64 32)"',
  })
  @IsString()
  TIDINGS_KEK: string = '';

  /** `true` lets webhooks use plain HTTP, for development. */
  @IsString()
  TIDINGS_ALLOW_HTTP_URLS: string = '';

  /** Networks that requests may go to although they are not public: `127.0.0.0/8`. */
  @IsString()
  TIDINGS_ALLOWED_CIDRS: string = '';

  /** Our own public names, which no webhook may call. */
  @IsString()
  TIDINGS_OWN_HOSTNAMES: string = '';

  /** A file with certificates of further authorities, PEM. */
  @IsString()
  TIDINGS_EXTRA_CA_FILE: string = '';

  /** Divides every interval of a retry schedule: 60 turns minutes into seconds. */
  @Type(() => Number)
  @IsNumber()
  @Min(1)
  @Max(1_000_000)
  TIDINGS_TIME_SCALE: number = 1;

  /** Requests on the wire at once, in this process. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(20_000)
  TIDINGS_REQUESTS_MAX: number = 2_048;
}
