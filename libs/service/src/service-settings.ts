import { Type } from 'class-transformer';
import { IsIn, IsInt, IsString, Matches, Max, Min } from 'class-validator';

/** What every service reads from its environment. */
export class ServiceSettings {
  /** `nats://host:4222`, several separated by commas; user and password may be part of the URL. */
  @Matches(/^(nats|tls):\/\//, { message: 'must be a NATS URL such as nats://127.0.0.1:4222' })
  @IsString()
  NATS_URL: string = '';

  /** Where /health/live, /health/ready and /metrics are served. The gateway uses PORT. 0: any free port. */
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
  @Matches(/^postgres(ql)?:\/\//, { message: 'must be a PostgreSQL URL such as postgresql://user@127.0.0.1:5432/tidings' })
  @IsString()
  DATABASE_URL: string = '';
}
