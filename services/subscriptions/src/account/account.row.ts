import type { PlanName } from '#libs/api/src/account.dto';
import type { AccountState } from '#libs/contracts/src/account-state';
import type { LogDays } from '#libs/contracts/src/log-days';
import type { WrappedKey } from '#libs/signing/src/envelope-encryption';
import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';

@Entity({ name: 'accounts' })
export class AccountRow {
  @PrimaryColumn('text')
  id!: string;
  @Column('integer', { default: 1 })
  revision!: number;
  @Column('text')
  name!: string;
  @Column('text')
  profile!: string;
  @Column('text')
  plan!: PlanName;
  @Column('text', { name: 'schema_mode' })
  schemaMode!: AccountState['schemaMode'];
  @Column('smallint', { name: 'log_days' })
  logDays!: LogDays;
  /** The account's data key, wrapped. */
  @Column('jsonb', { name: 'data_key' })
  dataKey!: WrappedKey;
  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;
  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz', precision: 3 })
  updatedAt!: Date;
  @Column({ type: 'timestamptz', name: 'deleted_at', precision: 3, nullable: true })
  deletedAt!: Date | null;
}
