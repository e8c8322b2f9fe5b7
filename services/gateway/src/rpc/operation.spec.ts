import 'reflect-metadata';
import { Metadata } from '@grpc/grpc-js';
import { Problem } from '#libs/problem/src/problem';
import { Controller, Get, Headers, Param, type Type } from '@nestjs/common';
import { CONTROLLERS } from '../controllers.js';
import { Needs, NEEDS } from '../keys/caller.js';
import { operationOf } from './operation.js';
import { loadProtos, rpcsIn } from './proto.js';

const rpcs = rpcsIn(loadProtos());
const rpc = (name: string) => rpcs.find((one) => one.name === name)!;
const caller = { accountId: 'acc_1', keyId: 'key_1', scopes: [] };
const argumentsOf = (name: string, message: object, metadata = new Metadata()): unknown[] =>
  operationOf(rpc(name), CONTROLLERS).argumentsOf({ caller, message: { ...message }, metadata });

/** Methods of the API: those that need a key. */
function methodsOf({ prototype }: Type): string[] {
  const methods = Object.getOwnPropertyDescriptors(prototype as object) as Record<string, { value?: unknown }>;
  return Object.keys(methods).filter((name) => {
    const { value } = methods[name]!;
    return typeof value === 'function' && Reflect.hasMetadata(NEEDS, value);
  });
}

it('every RPC has a controller method, and every controller method an RPC', () => {
  const called = new Set(rpcs.map((one) => operationOf(one, CONTROLLERS).method));
  // Server-sent events are for browsers.
  expect(CONTROLLERS.flatMap(methodsOf).filter((name) => !called.has(name))).toEqual(['followDeliveries']);
});

it('an RPC takes its arguments from its message, checked as HTTP checks them', () => {
  expect(argumentsOf('GetWebhook', { id: 'wh_1' })).toEqual(['acc_1', 'wh_1']);
  expect(() => argumentsOf('GetWebhook', { id: 'no id!' })).toThrow(Problem);
  expect(argumentsOf('ListDeliveries', { webhook_id: 'wh_1', limit: 5 })).toMatchObject(['acc_1', 'wh_1', { limit: 5 }]);
  expect(argumentsOf('UpdateEventType', { name: 'rocket.launched', category: 'Rockets' })).toEqual([
    'acc_1',
    'rocket.launched',
    { category: 'Rockets' },
  ]);
  expect(() => argumentsOf('CreateApiKey', { name: '' })).toThrow(Problem);
});

it('an RPC about events takes them as text, and the trace from the metadata', () => {
  const metadata = new Metadata();
  metadata.set('traceparent', '00-a-b-01');
  const message = { event: 'deal.won', data_json: '{"x":1.10}' };
  expect(argumentsOf('PublishEvent', message, metadata)).toEqual([
    'acc_1',
    '{"event":"deal.won","data":{"x":1.10}}',
    '00-a-b-01',
  ]);
  expect(argumentsOf('PublishEvents', { events: [] })).toEqual(['acc_1', '[]', null]);
});

it('an RPC without a method, or with a parameter that its message lacks, is refused', () => {
  @Controller()
  class Odd {
    @Get()
    @Needs('webhooks:read')
    getWebhook(@Param('colour') _colour: string): void {}

    @Get()
    @Needs('webhooks:read')
    listWebhooks(@Headers('x-colour') _colour: string): void {}

    @Get()
    getAccount(): void {}
  }
  expect(() => operationOf(rpc('DeleteWebhook'), [Odd])).toThrow('No controller has a method deleteWebhook');
  expect(() => operationOf(rpc('GetWebhook'), [Odd])).toThrow('cannot bind parameter 0 of Odd.getWebhook');
  expect(() => operationOf(rpc('ListWebhooks'), [Odd])).toThrow('cannot bind parameter 0 of Odd.listWebhooks');
  expect(() => operationOf(rpc('GetAccount'), [Odd])).toThrow('Odd.getAccount needs a scope');
});
