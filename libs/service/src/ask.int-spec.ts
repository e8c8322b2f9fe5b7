import { jest } from '@jest/globals';
import { call } from '#libs/contracts/src/calls/call';
import { Problem, type ProblemCode } from '#libs/problem/src/problem';
import { Controller, Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { eventually } from '../../../test/support/eventually.js';
import { testNats, type TestServer } from '../../../test/support/servers.mjs';
import { AnswerProblems } from './answer-problems.js';
import { Answers } from './answers.js';
import { Asker, natsTransport } from './ask.js';

jest.setTimeout(30_000);

const greet = call<{ name: string }, { text: string }>('answering.greetings.make');
const refuse = call<object, never>('answering.greetings.refuse');
const fail = call<object, never>('answering.greetings.fail');
const dawdle = call<object, never>('answering.greetings.dawdle', { timeoutMs: 200 });
const nobodys = call<object, never>('nobody.greetings.make');

@Controller()
class GreetingsHandler {
  @Answers(greet)
  make({ name }: { name: string }) {
    return { text: `Hello, ${name}` };
  }

  @Answers(refuse)
  refuse(): never {
    throw new Problem('conflict', 'Not today.');
  }

  @Answers(fail)
  fail(): never {
    throw new TypeError('a secret of ours');
  }

  @Answers(dawdle)
  dawdle(): Promise<never> {
    return new Promise(() => undefined);
  }
}

@Module({ controllers: [GreetingsHandler] })
class AnsweringModule {}

const errors: unknown[] = [];
const logger = { log() {}, warn() {}, error: (message: unknown) => void errors.push(message) };

let nats: TestServer;
let answering: INestMicroservice;
let asker: Asker;

beforeAll(async () => {
  nats = await testNats();
  answering = await NestFactory.createMicroservice(AnsweringModule, { ...natsTransport(nats.url, 'answering'), logger });
  answering.useGlobalFilters(new AnswerProblems());
  await answering.listen();
  asker = new Asker(nats.url, 'asking');
});

afterAll(async () => {
  await asker.close();
  await answering.close();
  await nats.stop();
});

async function codeOf(question: Promise<unknown>): Promise<ProblemCode> {
  const answer = await question.catch((error: unknown) => error);
  expect(answer).toBeInstanceOf(Problem);
  return (answer as Problem).code;
}

it('a question is answered, or refused with the Problem of the other side', async () => {
  expect(await asker.ask(greet, { name: 'Jane' })).toEqual({ text: 'Hello, Jane' });
  expect(await codeOf(asker.ask(refuse, {}))).toBe('conflict');
});

it('an unexpected error is logged with its stack where it happened, and is no reason to try again', async () => {
  const refusal = await asker.ask(fail, {}).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: 'internal_error', status: 500 });
  expect(String(refusal)).not.toContain('secret');
  expect((errors.at(-1) as Error).stack).toContain('TypeError: a secret of ours');
  expect((errors.at(-1) as Error).stack).toContain('GreetingsHandler.fail');
});

it('a service that is not there, or does not answer in time, is unavailable', async () => {
  expect(await codeOf(asker.ask(nobodys, {}))).toBe('unavailable');
  expect(await codeOf(asker.ask(dawdle, {}))).toBe('unavailable');
});

it('an error of the asking side stays what it is', async () => {
  const circle: { name: string; self?: object } = { name: 'Jane' };
  circle.self = circle;
  await expect(asker.ask(greet, circle)).rejects.toThrow(TypeError);
});

it('a service is unavailable within two seconds while NATS is away, and answers once it is back', async () => {
  const away = nats.killAndRestart(3_000);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const askedAtMs = Date.now();
  expect(await codeOf(asker.ask(greet, { name: 'Jane' }))).toBe('unavailable');
  expect(Date.now() - askedAtMs).toBeLessThan(2_000);
  await away;
  expect(await eventually(() => asker.ask(greet, { name: 'Jane' }))).toEqual({ text: 'Hello, Jane' });
});
