import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsNotEmpty, IsString, Matches, Max, Min } from 'class-validator';

/** The environment that every service reads. */
export class ServiceSettings {
  /** `nats://host:4222`, several separated by commas; user and password may be part of the URL. */
  @Matches(/^(nats|tls):\/\//, { message: 'must be a NATS URL such as nats://127.0.0.1:4222' })
  @IsString()
  NATS_URL: string = '';

  /** Port of /health/live, /health/ready and /metrics; 0 for any free port. The gateway uses PORT. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  HEALTH_PORT: number = 0;

  /** The address that HEALTH_PORT and PORT listen on. */
  @IsString()
  LISTEN_HOST: string = '127.0.0.1';

  @IsIn(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
  LOG_LEVEL: string = 'info';
}

/** For the services that own tables. */
export class DatabaseServiceSettings extends ServiceSettings {
  @IsPostgresUrl()
  DATABASE_URL: string = '';
}

/** For the services that decide which URLs a webhook may have. `outgoingPolicy` reads these. */
export class OutgoingServiceSettings extends ServiceSettings {
  /** `true` lets webhooks use plain HTTP, for development. */
  @IsString()
  TIDINGS_ALLOW_HTTP_URLS: string = '';

  /** Networks that webhooks may reach although they are not public: `127.0.0.0/8`. */
  @IsString()
  TIDINGS_ALLOWED_CIDRS: string = '';

  /** Our own public names, which no webhook may call. */
  @IsString()
  TIDINGS_OWN_HOSTNAMES: string = '';

  /** Set by `npm start` alone. Refusals of a URL then name the setting that allows it. */
  @IsString()
  TIDINGS_STARTED_BY: string = '';
}

/** DATABASE_URL. */
export function IsPostgresUrl(): PropertyDecorator {
  const message = 'must be a PostgreSQL URL such as postgresql://user@127.0.0.1:5432/tidings';
  return applyDecorators(Matches(/^postgres(ql)?:\/\//, { message }), IsString());
}

/** TIDINGS_KEK: `<id>:<base64 of 32 bytes>`, several separated by commas. `purpose` says why the service needs it. */
export function IsKeyring(purpose: string): PropertyDecorator {
  const message = `is needed to ${purpose}: <id>:<base64 of 32 bytes>, e.g. "k1:$(openssl rand -base64 32)"`;
  return applyDecorators(IsNotEmpty({ message }), IsString());
}
