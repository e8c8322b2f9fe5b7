import { jest } from '@jest/globals';
import type { JetStreamConnection } from '#libs/jetstream/src/jetstream-connection';
import type { WebhookDirectory } from '../directory/webhook-directory.js';
import { Flowing } from '../flow/flowing.js';
import { Flows } from '../flow/flows.js';
import { Slots } from '../flow/slots.js';
import type { HealthBook } from '../health/health-book.js';
import { Lanes } from './lanes.js';

/** JetStream with messages in the lanes of these webhooks, and a server that gives out none of them. */
function connectionWith(webhookIds: string[], opened: string[]): JetStreamConnection {
  const subjects = Object.fromEntries(webhookIds.map((webhookId) => [`lane.0.${webhookId}`, 5]));
  const connection = {
    nc: { options: {}, isClosed: () => true, subscribe: () => ({ drain: () => Promise.resolve() }) },
    jsm: {
      streams: { info: () => Promise.resolve({ state: { subjects } }) },
      consumers: {
        add: (stream: string, { durable_name: name }: { durable_name: string }) => {
          opened.push(name);
          return Promise.resolve();
        },
        delete: () => Promise.resolve(true),
      },
    },
  };
  return connection as unknown as JetStreamConnection;
}

describe('when more lanes would flow than may', () => {
  const opened: string[] = [];
  let lanes: Lanes;

  beforeEach(async () => {
    jest.useFakeTimers();
    opened.length = 0;
    lanes = new Lanes({
      partition: 0,
      connection: connectionWith(['wh_a', 'wh_b', 'wh_c'], opened),
      directory: { findWebhook: () => null } as unknown as WebhookDirectory,
      flows: new Flows(() => undefined),
      slots: new Slots(10),
      health: {} as HealthBook,
      flowing: new Flowing(2),
      timeScale: 1,
      isHandingOver: () => false,
      onProblem: (reason) => opened.push(reason),
    });
    await lanes.start({ handle: () => new Promise(() => undefined) });
  });

  afterEach(async () => {
    await lanes.stop();
    jest.useRealTimers();
  });

  it('opens no more at once than may flow', async () => {
    await jest.advanceTimersByTimeAsync(1_000);
    expect(opened).toEqual(['lane-wh_a', 'lane-wh_b']);
  });

  it('gives each its turn', async () => {
    await jest.advanceTimersByTimeAsync(3_000);
    expect(opened).toContain('lane-wh_c');
  });
});
