import fc from 'fast-check';
import { addressRule } from './address-rule.js';
import { headerProblems, sendableHeaders } from './header-rule.js';
import { outgoingPolicy } from './outgoing-policy.js';
import { urlProblem } from './url-rule.js';

const none = { TIDINGS_ALLOW_HTTP_URLS: '', TIDINGS_ALLOWED_CIDRS: '', TIDINGS_OWN_HOSTNAMES: 'hooks.tidings.example' };
const policy = outgoingPolicy(none);
const development = outgoingPolicy({ ...none, TIDINGS_ALLOW_HTTP_URLS: 'true', TIDINGS_ALLOWED_CIDRS: '127.0.0.0/8' });

describe('the rule for addresses', () => {
  const rule = addressRule([]);

  it.each([
    '0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.255.255', '169.254.169.254', '172.16.0.1', '172.31.255.255', '192.0.0.8', '192.0.2.1',
    '192.88.99.1', '192.168.1.1', '198.18.0.1', '198.51.100.7', '203.0.113.9', '224.0.0.1', '240.0.0.1', '255.255.255.255', '168.63.129.16',
    '::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::7f00:1', '64:ff9b::7f00:1', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd12::1', 'ff02::1',
    '2001:db8::1', '2001::1', '2002:7f00:1::', '2620:4f:8000::1', '3fff::1', '4000::1', '', 'example.com', '127.1', '0x7f000001',
  ])('refuses %s', (address) => expect(rule.isAllowed(address)).toBe(false)); // prettier-ignore

  it.each(['1.1.1.1', '8.8.8.8', '172.15.0.1', '172.32.0.1', '192.0.3.1', '168.63.129.17', '2606:4700::1111', '2a00:1450::1'])(
    'allows %s',
    (address) => expect(rule.isAllowed(address)).toBe(true),
  );

  it('allows what the operator allows, in its own family', () => {
    expect(addressRule(['127.0.0.0/8']).isAllowed('127.3.2.1')).toBe(true);
    expect(addressRule(['127.0.0.0/8']).isAllowed('::1')).toBe(false);
    expect(() => addressRule(['127.0.0.0'])).toThrow('TIDINGS_ALLOWED_CIDRS');
  });
});

describe('the rule for URLs', () => {
  it.each([
    'http://example.com/', 'ftp://example.com/', 'javascript:alert(1)', '//example.com', 'example.com', 'https://', 'https://exa mple.com/',
    'https://example.com/\u0000', 'https://example.com\\@evil.example/', 'https://user:secret@example.com/', 'https://@example.com/', 'https://a@example.com/',
    'https://localhost/', 'https://LOCALHOST./', 'https://intranet/', 'https://db.internal/', 'https://x.cluster.local/', 'https://printer.lan/',
    'https://1.home.arpa/', 'https://hidden.onion/', 'https://hooks.tidings.example/', 'https://127.0.0.1/', 'https://2130706433/', 'https://0x7f.1/',
    'https://0177.0.0.1/', 'https://[::1]/', 'https://[::ffff:10.0.0.1]/', 'https://169.254.169.254/latest/meta-data', 'https://example.com:22/',
    'https://example.com:6379/', 'https://example.com:80/', 'https://１２７.0.0.1/', `https://example.com/${'a'.repeat(2048)}`,
  ])('refuses %s', (url) => expect(urlProblem(url, policy)).not.toBeNull()); // prettier-ignore

  it.each([
    'https://example.com/',
    'https://example.com:8443/hook?x=1#part',
    'https://8.8.8.8/',
    'https://münchen.example/',
    'https://[2606:4700::1111]/',
  ])('takes %s', (url) => expect(urlProblem(url, policy)).toBeNull());

  it('says it in the words of the document', () =>
    expect(urlProblem('http://example.com/', policy)).toBe('Webhook URL must use HTTPS'));

  it('lets loopback and plain HTTP through only where the operator allows them', () => {
    expect(urlProblem('http://127.0.0.1:3456/', development)).toBeNull();
    expect(urlProblem('http://localhost:3456/', development)).toBeNull();
    expect(urlProblem('http://10.0.0.1/', development)).not.toBeNull();
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.string().map((text) => `https://${text}`),
        ),
        (url) => void urlProblem(url, policy),
      ),
    );
  });
});

describe('the rule for custom headers', () => {
  it.each([
    'Host', 'hOsT', 'Content-Length', 'Transfer-Encoding', 'Connection', 'Proxy-Authorization', 'TE', 'X-Forwarded-For', 'CF-Connecting-IP', 'Webhook-Id',
    'X-Webhook-Signature', 'svix-id', 'Metadata-Flavor', 'X-Goog-Api', 'X-Amz-Date', 'X-Azure-Ref', 'Traceparent', '__proto__', 'constructor', '',
    'with space', 'naïve', 'Ⅹ-Kelvin', 'a:b', `x${'y'.repeat(128)}`,
  ])('refuses the name %s, when saved and when sent', (name) => {
    const headers = Object.fromEntries([[name, 'value']]);
    expect(headerProblems(headers)).toHaveLength(1);
    expect(sendableHeaders(headers)).toEqual({});
  }); // prettier-ignore

  it.each(['', ' ', 'a\r\nInjected: 1', 'a\u0000', 'ü', 'trailing ', 'x'.repeat(4_097)])('refuses the value %j', (value) => {
    expect(headerProblems({ 'X-Key': value })).toHaveLength(1);
    expect(sendableHeaders({ 'X-Key': value })).toEqual({});
  });

  it('refuses one name in two spellings, more than 20 headers, and more than 8 KiB', () => {
    expect(headerProblems({ 'X-Key': 'a', 'x-key': 'b' })).toHaveLength(1);
    expect(sendableHeaders({ 'X-Key': 'a', 'x-key': 'b' })).toEqual({ 'X-Key': 'a' });
    expect(headerProblems(Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`X-${n}`, 'a'])))).toHaveLength(1);
    expect(headerProblems({ 'X-A': 'a'.repeat(4_096), 'X-B': 'b'.repeat(4_096) })).toHaveLength(1);
  });

  it('takes what APIs ask for', () => {
    const headers = { 'X-API-Key': 'your-custom-key', Authorization: 'Bearer abc def', 'X-Tenant': '42' };
    expect(headerProblems(headers)).toEqual([]);
    expect(sendableHeaders(headers)).toEqual(headers);
  });

  it('sends nothing that it would not save', () => {
    const anyHeaders = fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('Host', 'X-Ok', 'Connection')), fc.string());
    fc.assert(fc.property(anyHeaders, (headers) => expect(headerProblems(sendableHeaders(headers))).toEqual([])));
  });
});
