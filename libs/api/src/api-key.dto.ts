import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsIn, IsString, Length } from 'class-validator';
import type { PlanName } from './account.dto.js';
import { IsTime, MayBeLeftOut } from './field-rules.js';

/** What a key may do: read or write one group of resources, or everything of its account. */
const SCOPES = [
  '*',
  'webhooks:read',
  'webhooks:write',
  'events:read',
  'events:write',
  'events:erase',
  'deliveries:read',
  'deliveries:write',
  'keys:write',
  'audit:read',
] as const;
export type Scope = (typeof SCOPES)[number];

/** `tdk_<id>_<secret>`: 12 and 43 letters and digits. */
export const API_KEY_PATTERN = /^tdk_([0-9A-Za-z]{12})_[0-9A-Za-z]{43}$/;

export class CreateApiKeyDto {
  @ApiProperty({ minLength: 1, maxLength: 100 })
  @IsString()
  @Length(1, 100)
  name!: string;

  @ApiProperty({ enum: SCOPES, isArray: true, minItems: 1, maxItems: SCOPES.length })
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(SCOPES.length)
  @IsIn(SCOPES, { each: true })
  scopes!: Scope[];

  @ApiPropertyOptional({ description: 'RFC 3339; without it the key does not expire.', format: 'date-time' })
  @MayBeLeftOut()
  @IsTime()
  expires_at?: string;
}

export class ApiKeyView {
  @ApiProperty()
  id!: string;
  @ApiProperty()
  name!: string;
  @ApiProperty({ enum: SCOPES, isArray: true })
  scopes!: Scope[];
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  expires_at!: string | null;
  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  last_used_at!: string | null;
  @ApiProperty({ format: 'date-time' })
  created_at!: string;
}

export class CreatedApiKeyView extends ApiKeyView {
  @ApiProperty({ description: 'Shown this once.' })
  key!: string;
}

/** Who asks, and what is left of the key's minute. */
export interface Admission {
  keyId: string;
  accountId: string;
  scopes: Scope[];
  plan: PlanName;
  limit: number;
  remaining: number;
  resetSeconds: number;
  isAllowed: boolean;
}
