import { Code } from '@connectrpc/connect';
import { jest } from '@jest/globals';
import type { ProblemDocument } from '#libs/problem/src/problem';
import type pg from 'pg';
import { Webhooks } from '../generated/tidings/v1/webhooks_pb.js';
import type { Api } from '../support/api.js';
import { API } from '../support/contract.js';
import { eventually } from '../support/eventually.js';
import { failureOf, grpcClient, problemIn } from '../support/grpc.js';
import { usePlatform } from '../support/platform.js';

jest.setTimeout(60_000);

const platform = usePlatform({ isOwn: true });
let api: Api;
let database: pg.Client;

beforeAll(async () => {
  ({ api } = await platform.operator.createAccount('standard'));
  database = await platform.connectDatabase();
});

/** Not through `Api`: a failure of ours is not in the document. */
async function listWebhooks(): Promise<{ status: number; body: ProblemDocument; tookMs: number }> {
  const startedAtMs = Date.now();
  const answer = await fetch(`${platform.url}${API}/webhooks`, { headers: { authorization: `Bearer ${api.key}` } });
  return { status: answer.status, body: (await answer.json()) as ProblemDocument, tookMs: Date.now() - startedAtMs };
}

const overGrpc = () => failureOf(grpcClient(platform.grpc, Webhooks, { key: api.key }).listWebhooks({}));

it('an unexpected error is internal_error over HTTP and gRPC, reveals nothing, and is logged with its stack', async () => {
  await database.query('ALTER TABLE subscriptions.webhooks RENAME TO misplaced');
  const { status, body } = await listWebhooks();
  const failure = await overGrpc();
  await database.query('ALTER TABLE subscriptions.misplaced RENAME TO webhooks');
  expect([status, body.code]).toEqual([500, 'internal_error']);
  expect([failure.code, problemIn(failure).code]).toEqual([Code.Internal, 'internal_error']);
  expect(JSON.stringify([body, problemIn(failure)])).not.toMatch(/relation|webhooks/);
  const logged = platform.lines.filter((line) => line.startsWith('subscriptions: ') && line.includes('does not exist'));
  expect(logged).toHaveLength(2);
  expect(logged[0]).toMatch(/\\n +at /);
  expect((await listWebhooks()).status).toBe(200);
});

it('while NATS is away every answer is 503 within two seconds, and 200 once it is back', async () => {
  const away = platform.nats.killAndRestart(4_000);
  await eventually(async () => expect(await listWebhooks()).toMatchObject({ status: 503, body: { code: 'unavailable' } }));
  expect((await listWebhooks()).tookMs).toBeLessThan(2_000);
  expect((await overGrpc()).code).toBe(Code.Unavailable);
  await away;
  await eventually(async () => expect((await listWebhooks()).status).toBe(200));
});
