import { jest } from '@jest/globals';
import { generateSecret, signatureHeaders } from '#libs/signing/src/sign-request';
import { languages, verdictsOf } from '../snippets/languages.mjs';
import { eventually } from '../support/eventually.js';
import { usePlatform } from '../support/platform.js';
import { useReceiver, type ReceivedRequest } from '../support/receiver.js';

jest.setTimeout(300_000);

const PROFILE_HEADER = 'x-easycrm-signature';

const platform = usePlatform();
const receiver = useReceiver();
let requests: ReturnType<typeof asRequest>[];

function asRequest({ headers, body }: Pick<ReceivedRequest, 'headers' | 'body'>, secret: string) {
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature', PROFILE_HEADER];
  const sent = Object.fromEntries(names.map((name) => [name, String(headers[name])]));
  return { headers: sent, body: body.toString(), secret, profileHeader: PROFILE_HEADER };
}

/** A request that only its age makes invalid. */
function signedAt(timestampSeconds: number, body: Buffer) {
  const secret = generateSecret();
  const headers = signatureHeaders({
    secrets: [secret],
    profileHeader: PROFILE_HEADER,
    messageId: 'evt_1',
    timestampSeconds,
    body,
  });
  return asRequest({ headers, body }, secret);
}

beforeAll(async () => {
  const { account, api } = await platform.operator.createAccount('easycrm');
  const webhook = await api.createWebhook({ url: receiver.url });
  await platform.publish(account.id, 'contact.created', { data: { id: 'con_1', first_name: 'Zoë', last_name: 'O’Neil' } });
  await eventually(() => expect(receiver.requests).toHaveLength(1));
  const { secret: rotated } = await api.made<{ secret: string }>(`/webhooks/${webhook.id}/secret`, {});
  await platform.publish(account.id, 'contact.created', { data: { id: 'con_2' } });
  await eventually(() => expect(receiver.requests).toHaveLength(2));
  const [first, second] = receiver.requests as [ReceivedRequest, ReceivedRequest];
  const nowSeconds = Math.floor(Date.now() / 1000);
  requests = [
    asRequest(first, webhook.secret),
    asRequest(second, webhook.secret),
    // The profile's header keeps the old secret until the overlap ends.
    asRequest(second, rotated),
    { ...asRequest(first, webhook.secret), body: first.body.toString().replace('con_1', 'con_9') },
    asRequest(first, generateSecret()),
    signedAt(nowSeconds, first.body),
    signedAt(nowSeconds - 600, first.body),
    signedAt(nowSeconds + 600, first.body),
  ];
});

it.each(languages)('verifies real deliveries in $name, as its Standard Webhooks library does', (language) => {
  const verdicts = verdictsOf(language, requests, (line) => process.stdout.write(`${line}\n`));
  if (verdicts === null) return;
  const standard = [true, true, true, false, false, true, false, false];
  expect(verdicts.map((one) => one.standard)).toEqual(standard);
  // A profile's header carries no time.
  expect(verdicts.map((one) => one.profile)).toEqual([true, true, false, false, false, true, true, true]);
  // Null where the language has no library.
  const { library } = verdicts[0]!;
  expect(verdicts.map((one) => one.library)).toEqual(standard.map((one) => (library === null ? null : one)));
});
