import type { InboundWebhookState, InboundMapping } from '#libs/contracts/src/inbound-webhook-state';
import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';

@Entity({ name: 'inbound_webhooks' })
export class InboundWebhookRow {
  @PrimaryColumn('text')
  id!: string;
  @Column('text', { name: 'account_id' })
  accountId!: string;
  @Column('integer', { default: 1 })
  revision!: number;
  @Column('text')
  name!: string;
  @Column('text')
  event!: string;
  /** SHA-256 of the token, hex. */
  @Column('text', { name: 'token_hash' })
  tokenHash!: string;
  @Column('text', { name: 'token_last4' })
  tokenLast4!: string;
  /** With the secret sealed. */
  @Column('jsonb', { nullable: true })
  verification!: InboundWebhookState['verification'];
  @Column('json', { nullable: true })
  mapping!: InboundMapping | null;
  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;
  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz', precision: 3 })
  updatedAt!: Date;
  @Column({ type: 'timestamptz', name: 'deleted_at', precision: 3, nullable: true })
  deletedAt!: Date | null;
}
