import { answerKeyOf, newAnswerKey } from '#libs/contracts/src/answer-key';
import { openAnswer, sealAnswer } from './sealed-answer.js';

const answer = { body: 'we are closed: "ü"', headers: { 'content-type': 'text/plain' } };
const data = Buffer.from('{"id":1}');

it('opens an answer with its event’s key, and shows nothing without it', () => {
  const key = answerKeyOf(newAnswerKey(), data);
  const box = sealAnswer(key, 'dlv_1', { ...answer, more: 'than an answer' } as typeof answer);
  expect(openAnswer(key, 'dlv_1', box)).toEqual(answer);
  expect(Buffer.from(box, 'base64').toString('latin1')).not.toContain('closed');
  expect(sealAnswer(key, 'dlv_1', answer)).not.toBe(box);
});

it('does not open for another event, or as the answer to another delivery', () => {
  const key = answerKeyOf(newAnswerKey(), data);
  const box = sealAnswer(key, 'dlv_1', answer);
  // Errors of node:crypto are of another realm here: their words are compared.
  expect(() => openAnswer(answerKeyOf(newAnswerKey(), data), 'dlv_1', box)).toThrow('authenticate');
  expect(() => openAnswer(key, 'dlv_2', box)).toThrow('authenticate');
});

it('derives the key of an event without a header from its data', () => {
  const box = sealAnswer(answerKeyOf(null, data), 'dlv_1', answer);
  expect(openAnswer(answerKeyOf(null, Buffer.from(data)), 'dlv_1', box)).toEqual(answer);
  expect(() => openAnswer(answerKeyOf(null, Buffer.from('{"id":2}')), 'dlv_1', box)).toThrow('authenticate');
});
