import fc from 'fast-check';
import { createHmac, randomBytes } from 'node:crypto';
import { Keyring, open, seal } from './envelope-encryption.js';
import { generateSecret, signatureHeaders } from './sign-request.js';

describe('signatures', () => {
  it('are those of the Standard Webhooks specification', () => {
    const headers = signatureHeaders({
      secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
      profileHeader: null,
      messageId: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestampSeconds: 1_614_265_330,
      body: Buffer.from('{"test": 2432232314}'),
    });
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('are made with every secret during a rotation, the profile header with the old one', () => {
    const input = { messageId: 'evt', timestampSeconds: 1, body: Buffer.from('{}'), profileHeader: 'X-Asan-Signature' };
    const both = signatureHeaders({ ...input, secrets: ['new secret', 'old secret'] });
    const [fresh, old] = ['new secret', 'old secret'].map((secret) => signatureHeaders({ ...input, secrets: [secret] }));
    expect(both['webhook-signature']).toBe(`${fresh!['webhook-signature']} ${old!['webhook-signature']}`);
    expect(both['X-Asan-Signature']).toBe(old!['X-Asan-Signature']);
    expect(both['X-Asan-Signature']).toMatch(/^[0-9a-f]{64}$/);
  });

  it('have secrets of 32 random bytes', () => {
    const secrets = Array.from({ length: 20 }, generateSecret);
    expect(new Set(secrets).size).toBe(20);
    for (const secret of secrets) expect(Buffer.from(secret.slice('whsec_'.length), 'base64')).toHaveLength(32);
  });
});

/**
 * Verifies as a receiver would, from the text of Standard Webhooks. The content is the id, the timestamp and the payload, joined by
 * full stops. The key is the base64 after `whsec_`. The header is a list, separated by spaces; each entry is a version, a comma
 * and a signature in base64. A single match is enough.
 */
function isFrom(secret: string, headers: Record<string, string>, payload: Buffer): boolean {
  const content = Buffer.concat([Buffer.from(`${headers['webhook-id']}.${headers['webhook-timestamp']}.`), payload]);
  const expected = createHmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64'))
    .update(content)
    .digest();
  return headers['webhook-signature']!.split(' ').some((one) => {
    const [version, signature] = one.split(',');
    return version === 'v1' && Buffer.from(signature!, 'base64').equals(expected) && signature!.length === 44;
  });
}

describe('a signed request', () => {
  const bytes = fc.uint8Array({ maxLength: 500 }).map((array) => Buffer.from(array));
  const secret = fc.uint8Array({ minLength: 24, maxLength: 64 }).map((key) => `whsec_${Buffer.from(key).toString('base64')}`);
  const signed = fc.record({
    secrets: fc.uniqueArray(secret, { minLength: 1, maxLength: 2 }),
    messageId: fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/),
    timestampSeconds: fc.nat(4_000_000_000),
    body: bytes,
  });
  const sign = (input: {
    secrets: string[];
    messageId: string;
    timestampSeconds: number;
    body: Buffer;
  }): Record<string, string> => signatureHeaders({ ...input, profileHeader: 'X-Asan-Signature' });

  it('verifies with every secret, by the profile’s header with the oldest, and with no other', () => {
    fc.assert(
      fc.property(signed, secret, (input, other) => {
        const headers = sign(input);
        for (const one of input.secrets) expect(isFrom(one, headers, input.body)).toBe(true);
        expect(isFrom(other, headers, input.body)).toBe(input.secrets.includes(other));
        expect(headers['X-Asan-Signature']).toBe(createHmac('sha256', input.secrets.at(-1)!).update(input.body).digest('hex'));
      }),
    );
  });

  it('does not verify after a change of one bit of its body, or of one character of its id, time or signatures', () => {
    fc.assert(
      fc.property(signed, fc.nat(), fc.integer({ min: 0, max: 7 }), (input, position, bit) => {
        const headers = sign(input);
        const isStill = (changed: Record<string, string>, body = input.body): boolean =>
          input.secrets.some((one) => isFrom(one, { ...headers, ...changed }, body));
        const longer = Buffer.concat([input.body, Buffer.from([0])]);
        expect(isStill({}, longer)).toBe(false);
        const turnedBody = Buffer.from(input.body.length === 0 ? longer : input.body);
        turnedBody[position % turnedBody.length]! ^= 1 << bit;
        expect(isStill({}, turnedBody)).toBe(false);
        expect(isStill({ 'webhook-id': `${input.messageId}x` })).toBe(false);
        expect(isStill({ 'webhook-timestamp': String(input.timestampSeconds + 1) })).toBe(false);
        // Characters may not be moved from the end of the id to the beginning of the time.
        expect(
          isStill({ 'webhook-id': `${input.messageId}.1`, 'webhook-timestamp': headers['webhook-timestamp']!.slice(1) }),
        ).toBe(false);
        const [first, ...rest] = headers['webhook-signature']!.split(' ');
        const at = 3 + (position % 40);
        const turned = first!.slice(0, at) + (first![at] === 'A' ? 'B' : 'A') + first!.slice(at + 1);
        expect(isFrom(input.secrets[0]!, { ...headers, 'webhook-signature': [turned, ...rest].join(' ') }, input.body)).toBe(
          false,
        );
      }),
    );
  });
});

describe('envelope encryption', () => {
  const kek = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;

  it('opens a sealed text, and only for its own account, webhook and field', () => {
    const keyring = new Keyring(kek('k1'));
    const dataKey = keyring.unwrap(keyring.newDataKey());
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), fc.string(), (text, bound, other) => {
        const sealed = seal(dataKey, text, bound);
        expect(open(dataKey, sealed, bound)).toBe(text);
        fc.pre(other !== bound);
        expect(() => open(dataKey, sealed, other)).toThrow(/authenticate/);
      }),
    );
  });

  it('opens no box with a changed bit or a missing end, and none under another key', () => {
    const keyring = new Keyring(kek('k1'));
    const [dataKey, other] = [keyring.unwrap(keyring.newDataKey()), keyring.unwrap(keyring.newDataKey())];
    fc.assert(
      fc.property(fc.string({ maxLength: 100 }), fc.nat(), fc.integer({ min: 0, max: 7 }), (text, position, bit) => {
        const box = Buffer.from(seal(dataKey, text, 'here').box, 'base64');
        const changed = Buffer.from(box);
        changed[position % box.length]! ^= 1 << bit;
        const cut = box.subarray(0, position % box.length);
        for (const bad of [changed, cut, Buffer.concat([box, Buffer.from([0])])])
          expect(() => open(dataKey, { box: bad.toString('base64') }, 'here')).toThrow(/authenticate|Invalid|length/);
        expect(() => open(other, { box: box.toString('base64') }, 'here')).toThrow(/authenticate|Invalid|length/);
      }),
    );
  });

  it('seals the same text differently each time, and reveals only its length', () => {
    const keyring = new Keyring(kek('k1'));
    const dataKey = keyring.unwrap(keyring.newDataKey());
    const boxes = Array.from({ length: 1_000 }, () => Buffer.from(seal(dataKey, 'the same text', 'here').box, 'base64'));
    expect(new Set(boxes.map((box) => box.subarray(0, 12).toString('hex'))).size).toBe(1_000);
    for (const box of boxes) {
      expect(box).toHaveLength(12 + 'the same text'.length + 16);
      expect(box.toString('latin1')).not.toContain('same');
    }
    expect(new Set(Array.from({ length: 100 }, () => keyring.newDataKey().wrapped)).size).toBe(100);
  });

  it('does not unwrap a key under another key-encryption key, even one of the same name', () => {
    const [one, other] = [new Keyring(kek('k1')), new Keyring(kek('k1'))];
    expect(() => other.unwrap(one.newDataKey())).toThrow('"k1" of TIDINGS_KEK is not the one');
    const both = new Keyring(`${kek('k1')},${kek('k2')}`);
    expect(() => both.unwrap({ ...both.newDataKey(), kekId: 'k2' })).toThrow('"k2"');
    for (const bad of [
      'k1',
      ':',
      'k1:',
      `k 1:${'A'.repeat(43)}=`,
      `k1:${'A'.repeat(42)}`,
      `k1:${'A'.repeat(64)}`,
      `${kek('k1')},`,
      `${kek('k1')};${kek('k2')}`,
    ])
      expect(() => new Keyring(bad)).toThrow('openssl rand');
    expect(() => new Keyring(`${kek('k1')},${kek('k1')}`)).toThrow('two keys "k1"');
  });

  it('opens under an old key after a new one was put before it, and names a missing key', () => {
    const [old, fresh] = [kek('old'), kek('fresh')];
    const wrapped = new Keyring(old).newDataKey();
    const rotated = new Keyring(`${fresh},${old}`);
    expect(rotated.unwrap(wrapped)).toEqual(new Keyring(old).unwrap(wrapped));
    expect(rotated.newDataKey().kekId).toBe('fresh');
    expect(() => new Keyring(fresh).unwrap(wrapped)).toThrow('"old"');
    expect(() => new Keyring('short')).toThrow('openssl rand');
  });
});
