import { jest } from '@jest/globals';
import type { DataRules } from '#libs/contracts/src/data-rules';
import type { DeliveryFact } from '#libs/contracts/src/fact';
import { useJetStream } from '../../../../test/support/jetstream.js';
import { FactWriter } from './fact-writer.js';

jest.setTimeout(60_000);

const jetStream = useJetStream();

/** The length of such an answer once it is sealed. */
function factOf(n: number, characters: number, rules: DataRules = {}): DeliveryFact {
  return {
    kind: 'succeeded', id: `fct_${n}`, atMs: 0, deliveryId: `dlv_${n}`, accountId: 'acc', webhookId: 'wh', eventId: `evt_${n}`, eventType: 'deal.won', eventSeq: n,
    createdAtMs: 0, replayId: null, body: { envelope: ['data'], contentType: 'application/json', ...rules },
    attempt: {
      number: 1, atMs: 0, trigger: 'event', url: 'https://example.com/', method: 'POST', statusCode: 200, error: null, responseTimeMs: 1,
      answer: 'A'.repeat(characters), requestHeaders: {},
    },
  }; // prettier-ignore
}

it.each([20_000, 22_000, 24_000, 26_000, 28_000])(
  'facts of answers of %i characters are stored, all of them and in their order',
  async (characters) => {
    const stored: string[] = [];
    const writer = new FactWriter(jetStream.publisher, 3, (fact) => stored.push(fact.id));
    const before = (await jetStream.connection.jsm.streams.info('FACTS')).state.messages;
    await Promise.all(Array.from({ length: 100 }, (_, n) => writer.write(factOf(n, characters))));
    expect(stored).toEqual(Array.from({ length: 100 }, (_, n) => `fct_${n}`));
    expect((await jetStream.connection.jsm.streams.info('FACTS')).state.messages - before).toBeLessThan(12);
  },
);

it('facts of webhooks with the longest rules are stored, all of them', async () => {
  const stored: string[] = [];
  const writer = new FactWriter(jetStream.publisher, 3, (fact) => stored.push(fact.id));
  const paths = Array.from({ length: 100 }, () => `data.${'é'.repeat(95)}.${'é'.repeat(99)}`);
  const rules = { dataFields: paths, maskedFields: paths };
  await Promise.all(Array.from({ length: 100 }, (_, n) => writer.write(factOf(n, 20_000, rules))));
  expect(stored).toHaveLength(100);
});
