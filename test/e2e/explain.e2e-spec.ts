import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { EventExplanationView, ExplainedStepView, ExplainedWebhookView } from '#libs/api/src/explain.dto';
import type { RejectedEventView } from '#libs/api/src/event.dto';
import type { Page } from '#libs/api/src/page.dto';
import type { WebhookView, WebhookWithSecretView } from '#libs/api/src/webhook.dto';
import { projectDir } from '../../scripts/services.mjs';
import type { Api } from '../support/api.js';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { answerWith, useReceiver } from '../support/receiver.js';

jest.setTimeout(90_000);

const TIME = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC`;

const platform = usePlatform({ isOwn: true, timeScale: 10 });
const receiver = useReceiver();
let account: { id: string };
let api: Api;
/** Everything that was explained, to be asked again after the log has been rebuilt. */
const explained = new Map<string, ExplainedWebhookView>();

beforeAll(async () => {
  ({ account, api } = await platform.operator.createAccount('standard'));
});

/** A webhook with a receiver of its own, which answers each request with the next of these, and the last one for ever. */
async function webhookAt(webhook: Parameters<Api['createWebhook']>[0] | object, ...statuses: number[]) {
  const { url, path } = receiver.newUrl();
  answers.set(path, statuses);
  receiver.answer = (request, response, index) => {
    const left = answers.get(request.path)!;
    return answerWith(left.length > 1 ? left.shift()! : left[0]!)(request, response, index);
  };
  return api.createWebhook({
    url,
    retry_policy: { intervals_seconds: [1] },
    ...webhook,
  });
}
const answers = new Map<string, number[]>();

function publish(type: string, id: string, data: object = {}): Promise<void> {
  return platform.publish(account.id, type, { data }, { id });
}

async function explain(id: string, webhook: WebhookView): Promise<ExplainedWebhookView> {
  const { status, body } = await api.get<EventExplanationView>(`/events/${id}/explain?webhook_id=${webhook.id}`);
  expect({ status, body }).toMatchObject({ status: 200 });
  const [one, ...others] = body.webhooks;
  expect(others).toEqual([]);
  return one!;
}

/** Waits until the explanation has these steps, of which the last ones are in these words. */
async function explainedAs(id: string, webhook: WebhookView, outcome: string, ...last: [type: string, message: string][]) {
  const one = await eventually(async () => {
    const view = await explain(id, webhook);
    const steps = view.steps!.slice(-last.length).map(({ type, message }) => [type, message]);
    expect([view.outcome, ...steps]).toEqual([
      outcome,
      ...last.map(([type, message]) => [type, expect.stringMatching(new RegExp(`^${message.replaceAll('TIME', TIME)}$`))]),
    ]);
    return view;
  });
  explained.set(`/events/${id}/explain?webhook_id=${webhook.id}`, one);
  return one;
}

describe('why an event did not come', () => {
  let deals: WebhookWithSecretView;
  let large: WebhookWithSecretView;
  let deleted: WebhookWithSecretView;
  let later: WebhookWithSecretView;

  beforeAll(async () => {
    deals = await webhookAt({ name: 'Deals', events: ['deal.*', 'contact.created'] }, 200);
    const filter = { path: 'data.amount', op: 'gte' as const, value: 1000 };
    large = await webhookAt({ name: 'Large', events: ['invoice.*'], filter }, 200);
    deleted = await webhookAt({ name: 'Deleted' }, 200);
    await api.call('DELETE', `/webhooks/${deleted.id}`);
    await publish('invoice.paid', 'evt-small', { amount: 250 });
    await eventually(async () => expect((await api.get('/events/evt-small')).status).toBe(200));
    later = await webhookAt({ name: 'Later' }, 200);
  });

  it('says which types the webhook takes', async () => {
    await explainedAs('evt-small', deals, 'not_matched', [
      'not_subscribed',
      'The webhook is not subscribed to this type, only to deal\\.\\*, contact\\.created\\.',
    ]);
  });

  it('says which clause of the filter failed, and with what', async () => {
    await explainedAs('evt-small', large, 'not_matched', ['filtered', 'Filter clause data.amount gte 1000 failed with 250\\.']);
  });

  it('says that the webhook was made later', async () => {
    await explainedAs('evt-small', later, 'not_matched', ['made_later', 'The webhook was created at TIME, after the event\\.']);
  });

  it('says that the webhook was deleted before', async () => {
    await explainedAs('evt-small', deleted, 'not_matched', ['deleted', 'The webhook was deleted at TIME\\.']);
  });

  it('looks at what the webhook was then, not at what it is now', async () => {
    await api.call('PATCH', `/webhooks/${deals.id}`, { events: ['invoice.*'] });
    await publish('invoice.paid', 'evt-after-change');
    await explainedAs('evt-after-change', deals, 'delivered', ['succeeded', 'Attempt 1 was answered with 200 in \\d+ ms\\.']);
    await explainedAs('evt-small', deals, 'not_matched', [
      'not_subscribed',
      'The webhook is not subscribed .* deal\\.\\*, contact\\.created\\.',
    ]);
  });

  it('without a webhook, tells of each that was there then in a sentence, page by page', async () => {
    const all: ExplainedWebhookView[] = [];
    for (let cursor = ''; ;) {
      const { body } = await api.get<EventExplanationView>(`/events/evt-small/explain?limit=1${cursor}`);
      expect(body).toMatchObject({ event_id: 'evt-small', event: 'invoice.paid', rejection: null });
      all.push(...body.webhooks);
      if (body.next_cursor === null) break;
      cursor = `&cursor=${body.next_cursor}`;
    }
    // The deleted one may be among them, for it was deleted in the moments before.
    const others = all.filter(({ name }) => name !== 'Deleted');
    expect(others.map(({ name, outcome, summary }) => [name, outcome, summary])).toEqual([
      ['Later', 'not_matched', expect.stringContaining('Not sent. The webhook was created at')],
      ['Large', 'not_matched', 'Not sent. Filter clause data.amount gte 1000 failed with 250.'],
      ['Deals', 'not_matched', 'Not sent. The webhook is not subscribed to this type, only to deal.*, contact.created.'],
    ]);
    expect(all.some((one) => 'steps' in one)).toBe(false);
  });

  it('says that a field has not changed, by the record before it', async () => {
    const filter = { path: 'data.stage', op: 'changed' as const };
    const moved = await webhookAt({ name: 'Moved', events: ['deal.stage_changed'], filter }, 200);
    for (const [n, stage] of ['Won', 'Lost', 'Lost'].entries())
      await publish('deal.stage_changed', `evt-stage-${n}`, { id: 'deal_1', stage });
    await explainedAs(
      'evt-stage-1',
      moved,
      'delivered',
      ['matched', 'The webhook is subscribed to deal.stage_changed, and its filter passed the event\\.'],
      ['succeeded', '.*'],
    );
    const unchanged = 'Filter clause data.stage changed failed with "Lost": the same as before\\.';
    await explainedAs('evt-stage-2', moved, 'not_matched', ['filtered', unchanged]);
    await api.call('DELETE', `/webhooks/${moved.id}`);
  });

  afterAll(async () => {
    for (const { id } of [deals, large, later]) await api.call('DELETE', `/webhooks/${id}`);
  });
});

describe('what became of an event that came', () => {
  it('held while the webhook was paused: from when to when, and as which number', async () => {
    const webhook = await webhookAt({ max_concurrency: 1 }, 200);
    await api.post(`/webhooks/${webhook.id}/pause`);
    for (let n = 1; n <= 17; n++) await publish('deal.won', `evt-held-${n}`);
    await explainedAs('evt-held-17', webhook, 'held', [
      'held',
      'The webhook has been paused since TIME by a user: held at position 17\\.',
    ]);
    await api.post(`/webhooks/${webhook.id}/resume`);
    const { steps, summary } = await explainedAs(
      'evt-held-17',
      webhook,
      'delivered',
      ['held', 'The webhook was paused from TIME to TIME by a user: held at position 17\\.'],
      ['succeeded', 'Attempt 1, after its release, was answered with 200 in \\d+ ms\\.'],
    );
    expect(steps!.map(({ type }) => type)).toEqual(['stored', 'matched', 'held', 'succeeded']);
    expect(steps![1]!.message).toBe('The webhook is subscribed to *.');
    expect(summary).toMatch(new RegExp(`^Delivered at ${TIME}\\.$`));
    await api.call('DELETE', `/webhooks/${webhook.id}`);
  });

  it('retried after 503, and delivered', async () => {
    const webhook = await webhookAt({}, 503, 200);
    await publish('deal.won', 'evt-retried');
    const { summary } = await explainedAs(
      'evt-retried',
      webhook,
      'delivered',
      ['matched', 'The webhook is subscribed to \\*\\.'],
      ['retried', 'Attempt 1 was answered with 503 in \\d+ ms\\. The next attempt was scheduled for TIME\\.'],
      ['succeeded', 'Attempt 2 was answered with 200 in \\d+ ms\\.'],
    );
    expect(summary).toMatch(/^Delivered at .* after 2 attempts\.$/);
    await api.call('DELETE', `/webhooks/${webhook.id}`);
  });

  it('failed when no attempt was left, tried by hand, cancelled by hand', async () => {
    const webhook = await webhookAt({ retry_policy: { max_retries: 0 } }, 500);
    await publish('deal.won', 'evt-failed');
    await explainedAs('evt-failed', webhook, 'failed', [
      'failed',
      'Attempt 1 was answered with 500 in \\d+ ms\\. It was the last attempt\\.',
    ]);
    const [delivery] = await api.deliveries(webhook.id);
    await api.post(`/deliveries/${delivery!.id}/retry`);
    const { summary } = await explainedAs(
      'evt-failed',
      webhook,
      'failed',
      ['failed', 'Attempt 1 was answered .*'],
      ['failed', 'Attempt 2, requested manually, was answered with 500 in \\d+ ms\\. No other attempt was scheduled\\.'],
    );
    expect(summary).toBe('Failed after 2 attempts, the last answered with 500.');
    await api.post(`/webhooks/${webhook.id}/pause`);
    await publish('deal.won', 'evt-cancelled');
    await explainedAs('evt-cancelled', webhook, 'held', ['held', '.* held at position 1\\.']);
    const held = (await api.deliveries(webhook.id, '&status=held'))[0]!;
    await api.post(`/deliveries/${held.id}/cancel`);
    await explainedAs('evt-cancelled', webhook, 'cancelled', ['held', '.*'], ['cancelled', 'Cancelled by a user\\.']);
    await api.call('DELETE', `/webhooks/${webhook.id}`);
  });

  it('disabled by 410: what waited was cancelled, and what comes later is not sent', async () => {
    const webhook = await webhookAt({ retry_policy: { intervals_seconds: [3_000] } }, 500, 410);
    await publish('deal.won', 'evt-waits');
    await explainedAs('evt-waits', webhook, 'pending', ['retried', '.*']);
    await publish('deal.won', 'evt-gone');
    await explainedAs('evt-gone', webhook, 'failed', [
      'failed',
      'Attempt 1 was answered with 410 in \\d+ ms\\. The receiver is gone, so the webhook was disabled at TIME\\.',
    ]);
    await explainedAs('evt-waits', webhook, 'cancelled', ['cancelled', 'Cancelled because the webhook was disabled at TIME\\.']);
    await publish('deal.won', 'evt-too-late');
    await eventually(async () => expect((await api.get('/events/evt-too-late')).status).toBe(200));
    await explainedAs('evt-too-late', webhook, 'not_matched', [
      'disabled',
      'The webhook was disabled at TIME because its receiver answered 410 Gone\\.',
    ]);
    await api.call('DELETE', `/webhooks/${webhook.id}`);
  });

  it('cancelled because the webhook was deleted', async () => {
    const webhook = await webhookAt({}, 200);
    await api.post(`/webhooks/${webhook.id}/pause`);
    await publish('deal.won', 'evt-deleted');
    await explainedAs('evt-deleted', webhook, 'held', ['held', '.*']);
    await api.call('DELETE', `/webhooks/${webhook.id}`);
    await explainedAs(
      'evt-deleted',
      webhook,
      'cancelled',
      ['held', 'The webhook was paused from TIME to TIME by a user: held at position 1\\.'],
      ['cancelled', 'Cancelled because the webhook was deleted at TIME\\.'],
    );
  });
});

describe('a rejected event', () => {
  const rejections = async (): Promise<RejectedEventView[]> =>
    (await api.get<Page<RejectedEventView>>('/rejected-events')).body.data;

  it.each([
    [
      'evt-unknown',
      'rocket.launched',
      { data: {} },
      'unknown_event_type',
      /is not in the catalog/,
      /Correct the name of the type, or add the type/,
    ],
    [
      'evt-mismatch',
      'shipment.delayed',
      { data: { days: 'two' } },
      'schema_mismatch',
      /does not fit the schema/,
      /Correct the data/,
    ],
    [
      'evt-in-body',
      'deal.won',
      { id: 'evt-in-body', data: 7 },
      'invalid_event',
      /data must be a JSON object/,
      /Correct the mistake that the reason names/,
    ],
  ])('%s is explained by its event id and by its own: why, and what to do', async (id, type, body, code, why, hint) => {
    const webhook = await webhookAt({ name: 'All' }, 200);
    await api.post('/event-types', {
      name: 'shipment.delayed',
      category: 'Shipments',
      description: '',
      schema: { type: 'object', properties: { days: { type: 'integer' } } },
    });
    await platform.publish(account.id, type, body, 'id' in body ? {} : { id });
    const rejected = await eventually(async () => {
      const found = (await rejections()).find(({ event_id }) => event_id === id);
      expect(found).toBeDefined();
      return found!;
    });
    for (const asked of [id, rejected.id]) {
      const { body: view } = await api.get<EventExplanationView>(`/events/${asked}/explain`);
      expect(view).toMatchObject({
        event_id: id,
        event: type,
        rejection: { id: rejected.id, code, reason: expect.stringMatching(why), hint: expect.stringMatching(hint) },
      });
      expect(view.webhooks.find(({ name }) => name === 'All')).toMatchObject({
        outcome: 'rejected',
        summary: expect.stringMatching(why),
      });
    }
    expect(await explain(id, webhook)).toMatchObject({ outcome: 'rejected', steps: [{ type: 'rejected' }] });
    await api.call('DELETE', `/webhooks/${webhook.id}`);
  });

  it('that was corrected and accepted is explained as accepted, and its refusal is told', async () => {
    const webhook = await webhookAt({}, 200);
    await platform.publish(account.id, 'rocket.launched', { data: {} }, { id: 'evt-corrected' });
    await eventually(async () => expect((await rejections()).map(({ event_id }) => event_id)).toContain('evt-corrected'));
    await api.made('/events', { id: 'evt-corrected', event: 'deal.won', data: {} });
    await explainedAs('evt-corrected', webhook, 'delivered', ['succeeded', '.*']);
    const { body } = await api.get<EventExplanationView>('/events/evt-corrected/explain');
    expect(body).toMatchObject({ event: 'deal.won', rejection: { code: 'unknown_event_type' } });
    await api.call('DELETE', `/webhooks/${webhook.id}`);
  });
});

describe('a rejected event that was sent again', () => {
  it('is explained as what it became, and there is nothing left to do', async () => {
    const webhook = await webhookAt({}, 200);
    await platform.publish(account.id, 'deal.won', { data: 7 }, { id: 'evt-resent' });
    const rejected = await eventually(async () => {
      const { data } = (await api.get<Page<RejectedEventView>>('/rejected-events')).body;
      const found = data.find(({ event_id }) => event_id === 'evt-resent');
      expect(found).toBeDefined();
      return found!;
    });
    await api.made(`/rejected-events/${rejected.id}/resend`, { body: { data: {} } });
    await explainedAs(rejected.id, webhook, 'delivered', ['succeeded', '.*']);
    const { body } = await api.get<EventExplanationView>(`/events/${rejected.id}/explain`);
    expect(body.rejection!.hint).toMatch(
      new RegExp(`^Nothing to do\\. It was sent again at ${TIME} as the event ${body.event_id}\\.$`),
    );
    await api.call('DELETE', `/webhooks/${webhook.id}`);
  });
});

it('the log says the same after a kill -9, and after it has been made again from its streams', async () => {
  await platform.killAndRestart('delivery-log');
  const again = async (): Promise<void> => {
    for (const [path, before] of explained) {
      const { body } = await api.get<EventExplanationView>(path);
      expect([path, ...stepsOf(body.webhooks[0]!)]).toEqual([path, ...stepsOf(before)]);
    }
  };
  await eventually(again);
  const program = join(projectDir, 'dist/services/delivery-log/src/rebuild/rebuild-main.js');
  execFileSync(process.execPath, [program], { env: platform.service('delivery-log').env });
  await eventually(again, 30_000);
  expect(explained.size).toBeGreaterThan(10);
});

function stepsOf({ steps }: ExplainedWebhookView): ExplainedStepView[] {
  // A pause or a webhook may have ended since.
  return steps!.filter(({ type }) => type !== 'held');
}
