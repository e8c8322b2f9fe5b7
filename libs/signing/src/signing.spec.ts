import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { Keyring, open, seal } from './envelope-encryption.js';
import { generateSecret, signatureHeaders } from './sign-request.js';

describe('signatures', () => {
  it('are those of the Standard Webhooks specification', () => {
    const headers = signatureHeaders({
      secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
      profileHeader: null,
      webhookId: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestampSeconds: 1_614_265_330,
      body: Buffer.from('{"test": 2432232314}'),
    });
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('are made with every secret during a rotation, the profile header with the newest', () => {
    const input = { webhookId: 'evt', timestampSeconds: 1, body: Buffer.from('{}'), profileHeader: 'X-Asan-Signature' };
    const both = signatureHeaders({ ...input, secrets: ['new secret', 'old secret'] });
    const [fresh, old] = ['new secret', 'old secret'].map((secret) => signatureHeaders({ ...input, secrets: [secret] }));
    expect(both['webhook-signature']).toBe(`${fresh!['webhook-signature']} ${old!['webhook-signature']}`);
    expect(both['X-Asan-Signature']).toBe(fresh!['X-Asan-Signature']);
    expect(both['X-Asan-Signature']).toMatch(/^[0-9a-f]{64}$/);
  });

  it('have secrets of 32 random bytes', () => {
    const secrets = Array.from({ length: 20 }, generateSecret);
    expect(new Set(secrets).size).toBe(20);
    for (const secret of secrets) expect(Buffer.from(secret.slice('whsec_'.length), 'base64')).toHaveLength(32);
  });
});

describe('envelope encryption', () => {
  const kek = (id: string): string => `${id}:${randomBytes(32).toString('base64')}`;

  it('opens what it sealed, and only where it was sealed for', () => {
    const keyring = new Keyring(kek('k1'));
    const dataKey = keyring.unwrap(keyring.newDataKey());
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), fc.string(), (text, bound, other) => {
        const sealed = seal(dataKey, text, bound);
        expect(open(dataKey, sealed, bound)).toBe(text);
        if (other !== bound) expect(() => open(dataKey, sealed, other)).toThrow(/authenticate/);
      }),
    );
  });

  it('still opens under an old key after a new one was put before it, and says which key is missing', () => {
    const [old, fresh] = [kek('old'), kek('fresh')];
    const wrapped = new Keyring(old).newDataKey();
    const rotated = new Keyring(`${fresh},${old}`);
    expect(rotated.unwrap(wrapped)).toEqual(new Keyring(old).unwrap(wrapped));
    expect(rotated.newDataKey().kekId).toBe('fresh');
    expect(() => new Keyring(fresh).unwrap(wrapped)).toThrow('"old"');
    expect(() => new Keyring('short')).toThrow('openssl rand');
  });
});
