import type { AccountStatsView, StatsQuery, WebhookStatsView } from '#libs/api/src/statistics.dto';
import type { WebhookCondition } from '../webhook-history.js';
import { call, type OfAccount } from './call.js';

const reads = { needs: 'deliveries:read' } as const;

export const getWebhookStats = call<
  OfAccount<{ webhookId: string; query: StatsQuery; condition: WebhookCondition }>,
  WebhookStatsView
>('delivery_log.statistics.webhook', reads);
export const getAccountStats = call<OfAccount<{ query: StatsQuery }>, AccountStatsView>('delivery_log.statistics.account', reads);
