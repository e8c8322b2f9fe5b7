import fc from 'fast-check';
import { SIGNATURE_SCHEMES, type SignatureScheme } from '#libs/contracts/src/inbound-webhook-state';
import { signed } from '../../../test/support/sender.js';
import { generateSecret, signatureHeaders } from './sign-request.js';
import { messageId, verificationFailure } from './verify-request.js';

const NOW_MS = 1_700_000_000_000;
const NOW = NOW_MS / 1000;
const BODY = Buffer.from('{"id": 1, "amount": 1.10}\n');
const SECRET = 'a secret of eight or more';
const HEADER = 'X-Signature';

/** As each kind of sender signs, headers by lower-case name as they arrive. */
function sign(scheme: SignatureScheme, body: Buffer = BODY, secret = SECRET, seconds = NOW): Record<string, string> {
  const headers = Object.entries(signed(scheme, secret, body, { seconds }));
  return Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
}

function failure(scheme: SignatureScheme, headers: Record<string, string>, body = BODY, secret = SECRET): string | null {
  return verificationFailure({ scheme, header: scheme === 'standard' ? null : HEADER, secret }, { headers, body }, NOW_MS);
}

const signatureName = (scheme: SignatureScheme): string => (scheme === 'standard' ? 'webhook-signature' : 'x-signature');

it('verifies a Standard Webhooks secret that was pasted without its prefix, whichever key the sender means', () => {
  const secret = generateSecret();
  const bare = secret.slice('whsec_'.length);
  expect(failure('standard', sign('standard', BODY, secret), BODY, bare)).toBeNull();
  expect(failure('standard', sign('standard', BODY, bare), BODY, bare)).toBeNull();
  expect(failure('standard', sign('standard', BODY, generateSecret()), BODY, bare)).not.toBeNull();
});

describe.each([...SIGNATURE_SCHEMES])('%s', (scheme) => {
  const good = sign(scheme);

  it('verifies a request of its sender', () => {
    expect(failure(scheme, good)).toBeNull();
    expect(failure(scheme, sign(scheme, Buffer.alloc(0), SECRET), Buffer.alloc(0))).toBeNull();
  });

  it('rejects another secret, another body, and a missing, empty or malformed signature', () => {
    expect(failure(scheme, sign(scheme, BODY, 'another secret'))).not.toBeNull();
    expect(failure(scheme, good, Buffer.from(BODY.toString().trim()))).not.toBeNull();
    for (const name of Object.keys(good)) {
      const { [name]: _, ...rest } = good;
      expect(failure(scheme, rest)).not.toBeNull();
      expect(failure(scheme, { ...good, [name]: '' })).not.toBeNull();
      expect(failure(scheme, { ...good, [name]: 'rubbish' })).not.toBeNull();
    }
    for (const other of SIGNATURE_SCHEMES.filter((one) => one !== scheme)) expect(failure(scheme, sign(other))).not.toBeNull();
  });

  it('takes any of up to 16 signatures, and none of 17', () => {
    const wrong = sign(scheme, BODY, 'another secret');
    const name = signatureName(scheme);
    const join = (count: number): string => {
      if (scheme === 'standard') return [...Array(count).fill(wrong[name]), good[name]].join(' ');
      if (scheme !== 'timestamped') return [...Array(count).fill(wrong[name]), good[name]].join(', ');
      return [`t=${NOW}`, ...Array(count).fill(wrong[name]!.split(',')[1]), good[name]!.split(',')[1]].join(',');
    };
    expect(failure(scheme, { ...good, [name]: join(15) })).toBeNull();
    expect(failure(scheme, { ...good, [name]: join(16) })).toBe('more than 16 signatures');
  });

  it('verifies all signed bytes, and no body that differs in one of them', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.string({
          unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
          minLength: 8,
          maxLength: 64,
        }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (bytes, text, at, change) => {
          // One of the schemes reads a secret that begins with whsec_ as base64.
          const secret = text.replace(/^whsec_/, 'WHSEC_');
          const body = Buffer.from(bytes);
          const headers = sign(scheme, body, secret);
          expect(failure(scheme, headers, body, secret)).toBeNull();
          const changed = Buffer.from(body);
          changed[at % changed.length]! ^= change;
          expect(failure(scheme, headers, changed, secret)).not.toBeNull();
        },
      ),
    );
  });

  it('rejects a signature with a changed character, and never throws for a header', () => {
    const name = signatureName(scheme);
    fc.assert(
      fc.property(fc.nat(), fc.string({ minLength: 1, maxLength: 1 }), fc.string(), (at, char, rubbish) => {
        const value = good[name]!;
        const index = at % value.length;
        const changed = value.slice(0, index) + char + value.slice(index + 1);
        // Hex may be of either case, and a list may have blanks.
        const isSame = changed.toLowerCase().trim() === value.toLowerCase();
        expect(failure(scheme, { ...good, [name]: rubbish })).not.toBeNull();
        fc.pre(changed !== value && (!isSame || scheme === 'base64' || scheme === 'standard'));
        expect(failure(scheme, { ...good, [name]: changed })).not.toBeNull();
      }),
    );
  });
});

describe.each(['standard', 'timestamped'] as const)('the time of %s', (scheme) => {
  it('may be 300 seconds off, in either direction, and no more', () => {
    for (const seconds of [NOW - 300, NOW - 1, NOW + 300])
      expect(failure(scheme, sign(scheme, BODY, SECRET, seconds))).toBeNull();
    for (const seconds of [0, NOW - 301, NOW + 301, NOW * 1000]) {
      expect(failure(scheme, sign(scheme, BODY, SECRET, seconds))).toContain('timestamp');
    }
  });

  it('must be whole seconds', () => {
    for (const text of ['', '-1', '1e9', `${NOW}.5`, `0x${NOW.toString(16)}`, ` ${NOW}`, 'NaN', '9'.repeat(400)]) {
      const headers = sign(scheme, BODY, SECRET, text as unknown as number);
      expect(failure(scheme, headers)).not.toBeNull();
    }
  });
});

describe('standard', () => {
  it('is what Tidings itself sends, and the example of the specification', () => {
    const secret = generateSecret();
    const input = { profileHeader: null, messageId: 'evt_1', timestampSeconds: NOW, body: BODY };
    expect(failure('standard', signatureHeaders({ ...input, secrets: [secret] }), BODY, secret)).toBeNull();
    expect(failure('standard', signatureHeaders({ ...input, secrets: [generateSecret(), secret] }), BODY, secret)).toBeNull();
    const example = {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    };
    const expected = { scheme: 'standard', header: null, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' } as const;
    const body = Buffer.from('{"test": 2432232314}');
    expect(verificationFailure(expected, { headers: example, body }, 1_614_265_330_000)).toBeNull();
  });

  it('has another name for its headers, and passes over signatures of other versions', () => {
    const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = sign('standard');
    const svix = { 'svix-id': id!, 'svix-timestamp': timestamp!, 'svix-signature': `v1a,AAAA ${signature!}` };
    expect(failure('standard', svix)).toBeNull();
    // A signature under one name does not cover the headers of the other.
    expect(failure('standard', { ...svix, 'svix-id': 'msg_2', 'webhook-id': id! })).not.toBeNull();
    expect(failure('standard', { ...svix, 'svix-signature': signature!.replace('v1,', 'v2,') })).not.toBeNull();
    expect(messageId({ ...svix, 'webhook-id': 'not signed' })).toBe(id);
    expect([messageId({}), messageId({ 'svix-id': 'a' }), messageId({ 'webhook-id': 'b', 'svix-id': 'a' })]).toEqual([
      null,
      'a',
      'b',
    ]);
  });
});

describe('hex', () => {
  it('may be of either case, with blanks around it', () => {
    const hex = sign('hex')['x-signature']!;
    expect(failure('hex', { 'x-signature': hex.toUpperCase() })).toBeNull();
    expect(failure('hex', { 'x-signature': ` ${hex} ` })).toBeNull();
    expect(failure('prefixed_hex', { 'x-signature': `sha1=abc, sha256=${hex.toUpperCase()}` })).toBeNull();
    const [time, signature] = sign('timestamped')['x-signature']!.split(',');
    expect(failure('timestamped', { 'x-signature': `${time}, v0=abc, ${signature}` })).toBeNull();
    expect(failure('prefixed_hex', { 'x-signature': hex })).not.toBeNull();
    expect(failure('hex', { 'x-signature': hex.slice(0, 63) })).not.toBeNull();
  });
});

it('rejects a header with two times, because either could be the signed one', () => {
  const { 'x-signature': signature } = sign('timestamped');
  expect(failure('timestamped', { 'x-signature': `t=1,${signature!}` })).not.toBeNull();
});
