import { API_KEY_PATTERN } from '#libs/api/src/api-key.dto';
import { ServiceSettings } from '#libs/service/src/service-settings';
import { Type } from 'class-transformer';
import { IsInt, IsString, Matches, Max, Min } from 'class-validator';

/** The environment of the gateway. */
export class GatewaySettings extends ServiceSettings {
  /** Port of HTTP: the API, its documents, health and metrics. 0: any free port. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  PORT: number = 3_000;

  /** Port of gRPC. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(65_535)
  GRPC_PORT: number = 3_001;

  /** Key of the operator, who creates accounts: `tdk_<12 letters or digits>_<43 letters or digits>`. */
  @Matches(API_KEY_PATTERN, { message: 'must be tdk_<12 letters or digits>_<43 letters or digits>' })
  TIDINGS_OPERATOR_KEY: string = '';

  /** Public URL of this gateway, `https://tidings.example.com`. The URLs of inbound webhooks begin with it. */
  @Matches(/^(https?:\/\/[^\s?#]+)?$/, { message: 'must be a URL such as https://tidings.example.com' })
  TIDINGS_PUBLIC_URL: string = '';

  /** Addresses that deliveries come from, for receivers' allow-lists: `203.0.113.7,203.0.113.8`. */
  @IsString()
  TIDINGS_IP_ADDRESSES: string = '';

  get ipAddresses(): string[] {
    return this.TIDINGS_IP_ADDRESSES.split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '');
  }

  /** Without a slash at its end. */
  get publicUrl(): string {
    return this.TIDINGS_PUBLIC_URL.replace(/\/+$/, '') || `http://127.0.0.1:${this.PORT}`;
  }
}
