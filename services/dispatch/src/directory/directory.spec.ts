import fc from 'fast-check';
import type { Filter } from '#libs/contracts/src/filter';
import type { WebhookState } from '#libs/contracts/src/webhook-state';
import { patternsOf } from '#libs/matching/src/event-pattern';
import { compileFilter } from '#libs/matching/src/filter';
import { anyCondition, anyData, anyFilter } from '../../../../test/support/any-filter.js';
import { WebhookDirectory } from './webhook-directory.js';

function state(change: Partial<WebhookState> = {}): WebhookState {
  return {
    v: 1, id: 'wh', accountId: 'acc', revision: 1, deleted: false,
    isProbed: false, status: 'active', name: '', events: ['*'], filter: null, url: '', method: 'POST',
    contentType: 'application/json', envelope: [], signatureHeader: null, dataKey: { kekId: '', wrapped: '' }, headers: null, secrets: [],
    retryPolicy: { maxRetries: 1, intervalsMs: [60_000], countsFrom: 'previous_attempt', timeoutMs: 10_000, jitterRatio: 0 }, maxConcurrency: null, ratePerSecond: null,
    releaseRatePerSecond: null, failuresSinceRevision: 1, activeSinceMs: null, ...change,
  }; // prettier-ignore
}
const event = { accountId: 'acc', id: 'e', type: 'deal.won', timestamp: '', storedAtMs: 1_000 };
const noData = (): never => {
  throw new Error('no filter needs the data');
};
const matched = (directory: WebhookDirectory, change: Partial<typeof event> = {}): string[] =>
  directory.match({ ...event, ...change }, noData).map((webhook) => webhook.state.id);

it('an older revision never wins', () => {
  const directory = new WebhookDirectory(1, () => undefined);
  directory.apply(state({ revision: 3, events: ['deal.won'] }), 1, 0);
  directory.apply(state({ revision: 2, events: ['deal.lost'] }), 2, 0);
  expect(matched(directory)).toEqual(['wh']);
});

it('a webhook gets only events stored after its first state, even when a later state repeats the time', () => {
  const directory = new WebhookDirectory(1, () => undefined);
  directory.apply(state(), 1, 1_001);
  expect(matched(directory)).toEqual([]);
  directory.apply(state({ revision: 2 }), 2, 5_000);
  expect(matched(directory, { storedAtMs: 1_001 })).toEqual(['wh']);
  const later = new WebhookDirectory(1, () => undefined);
  later.apply(state({ revision: 2, activeSinceMs: 1_001 }), 2, 5_000);
  expect([matched(later), matched(later, { storedAtMs: 1_001 })]).toEqual([[], ['wh']]);
});

it('a disabled or deleted webhook, and another account, match nothing; a paused one does', () => {
  const directory = new WebhookDirectory(1, () => undefined);
  directory.apply(state({ status: 'paused' }), 1, 0);
  expect(matched(directory)).toEqual(['wh']);
  expect(matched(directory, { accountId: 'other' })).toEqual([]);
  directory.apply(state({ revision: 2, status: 'disabled' }), 2, 0);
  expect(matched(directory)).toEqual([]);
  directory.apply(state({ revision: 3, deleted: true }), 3, 0);
  expect(directory.findWebhook('wh')).toBeNull();
});

it('a webhook set aside counts as paused until its next state, unless it has a new state already', () => {
  const directory = new WebhookDirectory(1, () => undefined);
  directory.apply(state({ isProbed: true }), 1, 0);
  const webhook = directory.findWebhook('wh')!;
  expect(directory.setAside(webhook)).toBe(true);
  expect(directory.findWebhook('wh')!.state).toMatchObject({ status: 'paused', isProbed: false, revision: 1 });
  expect(matched(directory)).toEqual(['wh']);
  expect(directory.setAside(webhook)).toBe(false);
  directory.apply(state({ revision: 2 }), 2, 0);
  expect(directory.findWebhook('wh')!.state.status).toBe('active');
  expect(directory.setAside(webhook)).toBe(false);
  expect(directory.findWebhook('wh')!.state.status).toBe('active');
});

it('resolves when a sequence is in force', async () => {
  const directory = new WebhookDirectory(1, () => undefined);
  let isApplied = false;
  const applied = directory.applied(2).then(() => (isApplied = true));
  directory.apply(state(), 1, 0);
  await Promise.resolve();
  expect(isApplied).toBe(false);
  directory.apply(state({ id: 'wh2' }), 2, 0);
  await applied;
});

it('finds the same webhooks as a scan of all, through changes and deletions', () => {
  const segment = fc.constantFrom('deal', 'won', 'lost', 'contact');
  const type = fc.array(segment, { minLength: 1, maxLength: 3 }).map((segments) => segments.join('.'));
  const pattern = fc.oneof(
    type,
    type.map((one) => `${one}.*`),
    fc.constant('*'),
  );
  const change = fc.record({
    id: fc.constantFrom('a', 'b', 'c'),
    events: fc.array(pattern, { minLength: 1, maxLength: 3 }),
    deleted: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), type, (changes, published) => {
      const directory = new WebhookDirectory(1, () => undefined);
      const model = new Map<string, string[]>();
      changes.forEach(({ id, events, deleted }, index) => {
        directory.apply(state({ id, events, deleted, revision: index + 1 }), index + 1, 0);
        if (deleted) model.delete(id);
        else model.set(id, events);
      });
      const expected = [...model]
        .filter(([, events]) => patternsOf(published).some((one) => events.includes(one)))
        .map(([id]) => id);
      expect(matched(directory, { type: published }).sort()).toEqual(expected.sort());
    }),
  );
});

it('finds the same filters as a scan of many, in order of arrival', () => {
  const change = fc.record({
    id: fc.integer({ min: 0, max: 39 }).map((n) => `wh_${n}`),
    events: fc.constantFrom<string[]>(['*'], ['deal.*'], ['deal.won'], ['deal.won', '*']),
    filter: fc.oneof(
      { weight: 3, arbitrary: anyCondition },
      { weight: 3, arbitrary: fc.array(anyCondition, { minLength: 1, maxLength: 3 }).map((all): Filter => ({ all })) },
      anyFilter,
      fc.constant(null),
    ),
    deleted: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(change, { minLength: 60, maxLength: 150 }),
      fc.array(anyData, { minLength: 5 }),
      (changes, published) => {
        const directory = new WebhookDirectory(1, () => undefined);
        const model = new Map<string, (typeof changes)[number]>();
        changes.forEach((one, index) => {
          // Most changes make or change a webhook, so that there are many at once.
          const { id, events, filter, deleted } = { ...one, deleted: one.deleted && index % 3 === 0 };
          directory.apply(state({ id, events, filter, deleted, revision: index + 1 }), index + 1, 0);
          model.delete(id);
          if (!deleted) model.set(id, one);
        });
        for (const data of published) {
          const subject = { id: 'e', event: 'deal.won', timestamp: '', data };
          const passing = [...model].filter(([, { filter }]) => filter === null || compileFilter(filter)(subject));
          // The order is that of the patterns, then that of coming.
          const expected = new Set(
            patternsOf('deal.won').flatMap((pattern) =>
              passing.filter(([, { events }]) => events.includes(pattern)).map(([id]) => id),
            ),
          );
          expect(directory.match(event, () => data).map((webhook) => webhook.state.id)).toEqual([...expected]);
        }
      },
    ),
    { numRuns: 150 },
  );
});

it('looks at few of a thousand filters that require a value', () => {
  const directory = new WebhookDirectory(1, () => undefined);
  for (let n = 0; n < 1_000; n++) {
    const all: Filter[] = [
      { path: 'data.currency', op: 'eq', value: 'USD' },
      { path: 'data.pipeline', op: 'eq', value: n },
    ];
    directory.apply(state({ id: `wh_${n}`, events: ['deal.*'], filter: { all } }), n + 1, 0);
  }
  let reads = 0;
  const data = {
    currency: 'USD',
    get pipeline() {
      reads++;
      return '7';
    },
  };
  expect(directory.match(event, () => data).map((webhook) => webhook.state.id)).toEqual(['wh_7']);
  // Once by the index, once by the one filter that was found, and by those few that had been found by their currency.
  expect(reads).toBeLessThan(30);
});
