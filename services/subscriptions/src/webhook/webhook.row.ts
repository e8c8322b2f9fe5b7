import type { Filter } from '#libs/contracts/src/filter';
import type { RetryPolicy, Sealed, WebhookState, WebhookStatus } from '#libs/contracts/src/webhook-state';
import type { AutoPause } from '../health/after-failures.js';
import { Column, CreateDateColumn, Entity, PrimaryColumn, UpdateDateColumn } from 'typeorm';

@Entity({ name: 'webhooks' })
export class WebhookRow {
  @PrimaryColumn('text')
  id!: string;
  @Column('text', { name: 'account_id' })
  accountId!: string;
  @Column('integer', { default: 1 })
  revision!: number;
  @Column('text')
  name!: string;
  @Column('text', { nullable: true })
  description!: string | null;
  @Column('text')
  url!: string;
  @Column('text', { array: true })
  events!: string[];
  @Column('text')
  status!: WebhookStatus;
  /** `by_user`, `failures`, `gone`; null while active. */
  @Column('text', { name: 'status_reason', nullable: true })
  statusReason!: string | null;
  @Column('text')
  method!: WebhookState['method'];
  @Column('text', { name: 'content_type' })
  contentType!: WebhookState['contentType'];
  @Column('jsonb', { nullable: true })
  filter!: Filter | null;
  @Column('text', { name: 'data_fields', array: true, nullable: true })
  dataFields!: string[] | null;
  @Column('text', { name: 'masked_fields', array: true, nullable: true })
  maskedFields!: string[] | null;
  /** Custom headers, sealed as one JSON object. */
  @Column('jsonb', { name: 'headers_box', nullable: true })
  headersBox!: Sealed | null;
  /** Their names with masked values, as an answer shows them. */
  @Column('jsonb', { name: 'headers_shown' })
  headersShown!: Record<string, string>;
  @Column('jsonb', { name: 'retry_policy' })
  retryPolicy!: RetryPolicy;
  @Column('jsonb', { name: 'auto_pause', nullable: true })
  autoPause!: AutoPause | null;
  @Column('integer', { name: 'max_concurrency', nullable: true })
  maxConcurrency!: number | null;
  @Column('double precision', { name: 'rate_per_second', nullable: true })
  ratePerSecond!: number | null;
  @Column('double precision', { name: 'release_rate_per_second', nullable: true })
  releaseRatePerSecond!: number | null;
  /** Newest first. */
  @Column('jsonb')
  secrets!: WebhookState['secrets'];
  @Column('text', { name: 'secret_last4' })
  secretLast4!: string;
  /** JetStream's time of the first state; null until it has been published. bigint, hence text. */
  @Column('bigint', { name: 'active_since_ms', nullable: true })
  activeSinceMs!: string | null;
  @Column('integer', { name: 'consecutive_failures', default: 0 })
  consecutiveFailures!: number;
  /** The revision at which failures began to be counted from zero. */
  @Column('integer', { name: 'failures_since_revision', default: 1 })
  failuresSinceRevision!: number;
  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3 })
  createdAt!: Date;
  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz', precision: 3 })
  updatedAt!: Date;
  @Column({ type: 'timestamptz', name: 'deleted_at', precision: 3, nullable: true })
  deletedAt!: Date | null;
}
