import type { Scope } from '#libs/api/src/api-key.dto';
import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

@Entity({ name: 'api_keys' })
export class ApiKeyRow {
  /** The 12 characters behind `tdk_`. */
  @PrimaryColumn('text')
  id!: string;
  @Column('text', { name: 'account_id' })
  accountId!: string;
  @Column('text')
  name!: string;
  @Column('text', { array: true })
  scopes!: Scope[];
  /** SHA-256 of the whole key. */
  @Column('bytea', { name: 'secret_hash' })
  secretHash!: Buffer;
  @Column({ type: 'timestamptz', name: 'expires_at', precision: 3, nullable: true })
  expiresAt!: Date | null;
  @Column({ type: 'timestamptz', name: 'last_used_at', precision: 3, nullable: true })
  lastUsedAt!: Date | null;
  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;
}
