import { isAboutRecord, mentionsEmail } from './mentions.js';

describe('an e-mail address', () => {
  const jane = 'jane@example.com';

  it.each([
    '{"email":"jane@example.com"}',
    '{"email":"JANE@Example.com"}',
    '{"to":["a@b.c",{"deep":"Jane <jane@example.com>, as agreed."}]}',
    '{"jane@example.com":true}',
    '{"email":"jane\\u0040example.com"}',
    '{"link":"https://crm.example.com/?to=jane%40example.com&x=1"}',
    '{"text":"write to jane@example.com."}',
    'no JSON, but jane@example.com',
  ])('is found in %s', (text) => {
    expect(mentionsEmail(text, jane)).toBe(true);
    expect(mentionsEmail(text, 'Jane@Example.COM')).toBe(true);
  });

  it.each([
    '{"email":"mary-jane@example.com"}',
    '{"email":"x.jane@example.com"}',
    '{"email":"jane@example.community"}',
    '{"email":"jane@example.com.br"}',
    '{"email":"jane@example"}',
    '{}',
  ])('is not found where it belongs to somebody else: %s', (text) => {
    expect(mentionsEmail(text, jane)).toBe(false);
  });

  it('is found after another address that ends like it', () => {
    expect(mentionsEmail('{"to":"mary-jane@example.com, jane@example.com"}', jane)).toBe(true);
  });
});

it.each([
  ['{"key":"contact:42","data":{}}', null, true],
  ['{"data":{"id":42}}', 'contact.created', true],
  ['{"data":{"contact_id":"42"}}', 'contact.created', true],
  ['{"id":42}', null, true],
  ['{"data":{"id":42}}', 'deal.won', false],
  ['{"data":{"id":43}}', 'contact.created', false],
  ['{"data":{"id":42}', 'contact.created', false],
  ['[1]', null, false],
])('the rejected body %s of type %s is about contact:42: %s', (body, type, isAbout) => {
  expect(isAboutRecord(body, type, 'contact:42')).toBe(isAbout);
});
