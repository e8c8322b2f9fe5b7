import fc from 'fast-check';
import { addressRule } from './address-rule.js';
import { headerProblems, sendableHeaders } from './header-rule.js';
import { outgoingPolicy } from './outgoing-policy.js';
import { isIP } from 'node:net';
import { profiles } from '#libs/profiles/src/profiles';
import { dialledUrl, urlProblem } from './url-rule.js';

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
    const loopback = addressRule(['127.0.0.0/8']);
    expect(loopback.isAllowed('127.3.2.1')).toBe(true);
    for (const other of ['::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::127.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::'])
      expect([other, loopback.isAllowed(other)]).toEqual([other, false]);
    expect(addressRule(['fd00::/8']).isAllowed('fd12::1')).toBe(true);
    expect(addressRule(['::/0']).isAllowed('127.0.0.1')).toBe(false);
  });

  it.each(['127.0.0.0', '127.0.0.0/', '127.0.0.0/33', '::1/129', 'loopback/8', '127.0.0.0/8/8', '127.0.0.0/-1', '0x7f.0.0.0/8'])(
    'does not start with %s among what the operator allows',
    (cidr) => expect(() => addressRule([cidr])).toThrow('TIDINGS_ALLOWED_CIDRS'),
  );

  // The first and the last address of every network, and its neighbours outside, which belong to the public.
  const networks: [string, string, string | null, string | null][] = [
    ['0.0.0.0', '0.255.255.255', null, '1.0.0.0'],
    ['10.0.0.0', '10.255.255.255', '9.255.255.255', '11.0.0.0'],
    ['100.64.0.0', '100.127.255.255', '100.63.255.255', '100.128.0.0'],
    ['127.0.0.0', '127.255.255.255', '126.255.255.255', '128.0.0.0'],
    ['169.254.0.0', '169.254.255.255', '169.253.255.255', '169.255.0.0'],
    ['172.16.0.0', '172.31.255.255', '172.15.255.255', '172.32.0.0'],
    ['192.0.0.0', '192.0.0.255', '191.255.255.255', '192.0.1.0'],
    ['192.0.2.0', '192.0.2.255', '192.0.1.255', '192.0.3.0'],
    ['192.31.196.0', '192.31.196.255', '192.31.195.255', '192.31.197.0'],
    ['192.52.193.0', '192.52.193.255', '192.52.192.255', '192.52.194.0'],
    ['192.88.99.0', '192.88.99.255', '192.88.98.255', '192.88.100.0'],
    ['192.168.0.0', '192.168.255.255', '192.167.255.255', '192.169.0.0'],
    ['192.175.48.0', '192.175.48.255', '192.175.47.255', '192.175.49.0'],
    ['198.18.0.0', '198.19.255.255', '198.17.255.255', '198.20.0.0'],
    ['198.51.100.0', '198.51.100.255', '198.51.99.255', '198.51.101.0'],
    ['203.0.113.0', '203.0.113.255', '203.0.112.255', '203.0.114.0'],
    ['168.63.129.16', '168.63.129.16', '168.63.129.15', '168.63.129.17'],
    ['224.0.0.0', '255.255.255.255', '223.255.255.255', null],
    ['::', '1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', null, '2000::'],
    ['2001::', '2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff', '2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2001:200::'],
    ['2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db7:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db9::'],
    ['2002::', '2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2003::'],
    ['2620:4f:8000::', '2620:4f:8000:ffff:ffff:ffff:ffff:ffff', '2620:4f:7fff:ffff:ffff:ffff:ffff:ffff', '2620:4f:8001::'],
    ['3fff::', '3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff', '3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '3fff:1000::'],
    ['4000::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', null],
  ];

  it.each(networks)('refuses %s to %s, and not what lies around it', (first, last, before, after) => {
    expect([rule.isAllowed(first), rule.isAllowed(last)]).toEqual([false, false]);
    const outside = [before, after].filter((one) => one !== null);
    expect(outside.filter((one) => !rule.isAllowed(one))).toEqual([]);
  });

  it('never allows an IPv6 address that carries a private IPv4 address in the known ways', () => {
    const group = (high: number, low: number): string => ((high << 8) | low).toString(16);
    const privateV4 = fc
      .tuple(
        fc.constantFrom([10], [127], [169, 254], [192, 168], [172, 16]),
        fc.array(fc.nat(255), { minLength: 4, maxLength: 4 }),
      )
      .map(([head, rest]) => [...head, ...rest].slice(0, 4) as [number, number, number, number]);
    fc.assert(
      fc.property(privateV4, ([a, b, c, d]) => {
        const [dotted, hex] = [`${a}.${b}.${c}.${d}`, `${group(a, b)}:${group(c, d)}`];
        const carriers = ['::', '::ffff:', '::ffff:0:', '64:ff9b::', '64:ff9b:1::', 'fe80::5efe:'];
        const all = [...carriers.flatMap((carrier) => [carrier + dotted, carrier + hex]), `2002:${hex}::`, `2001:0:${hex}::`];
        for (const address of [dotted, ...all]) expect([address, rule.isAllowed(address)]).toEqual([address, false]);
      }),
    );
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
    'https:////example.com/', 'https:///example.com/', 'https:example.com', 'https:/example.com', 'https:\\/\\/example.com', ' https://example.com/', 'https://example.com/ ',
    'https://example.com/a\tb', 'https://example.com/a\nb', 'https://exam\rple.com/', 'https://example.com/\u007f', 'https://example.com\u0000.evil.example/',
    'https://:secret@example.com/', 'https://user:@example.com/', 'https://:@example.com/', 'https://a%40b@example.com/', 'https://example.com@127.0.0.1/',
    'https://localhost../', 'https://db.internal../', 'https://example.com../', 'https://.example.com/', 'https://.com/', 'https://a..b.example/', 'https://com./', 'https://com/',
    'https://*.example.com/', 'https://ex,ample.com/', 'https://(example).com/', 'https://a.b.localhost/', 'https://x.localdomain/', 'https://x.local./', 'https://wiki.corp/',
    'https://x.intranet/', 'https://nas.home/', 'https://x.invalid/', 'https://x.test/', 'https://api.default.svc/', 'https://INTERNAL/', 'https://db.INTERNAL/',
    'https://HOOKS.TIDINGS.EXAMPLE/', 'https://hooks.tidings.example./', 'https://hooks.tidings.example:8443/x', 'https://ｈooks.tidings.example/', 'https://hooks。tidings。example/',
    'https://ｌｏｃａｌｈｏｓｔ/', 'https://loc\u00adalhost/', 'https://local\u200dhost/', 'https://127。0。0。1/', 'https://127.0.0.1./', 'https://127.1/', 'https://127.0.1/', 'https://0/',
    'https://0x7f000001/', 'https://017700000001/', 'https://0177.1/', 'https://%31%32%37.0.0.1/', 'https://127.0.0.1%2e/', 'https://①②⑦.0.0.1/', 'https://0xA9FEA9FE/',
    'https://2852039166/', 'https://[::]/', 'https://[::ffff:7f00:1]/', 'https://[0:0:0:0:0:ffff:a9fe:a9fe]/', 'https://[64:ff9b::a9fe:a9fe]/', 'https://[fe80::1]/', 'https://[fd00::1]/',
    'https://[2002:a9fe:a9fe::]/', 'https://[::1%25lo]/', 'https://[::1', 'https://999.1.1.1/', 'https://1.2.3.4.5/', 'https://example.com:0/', 'https://example.com:65536/', 'https://example.com:-1/',
    'https://example.com:8080:80/', 'file:///etc/passwd', 'gopher://example.com/', 'data:text/html,x', 'ws://example.com/', 'blob:https://example.com/', 'view-source:https://example.com/',
    'httpss://example.com/', 'https', '', 'https://\ud800.example/',
  ])('refuses %j', (url) => expect(urlProblem(url, policy)).not.toBeNull()); // prettier-ignore

  it.each([
    'https://example.com/',
    'HTTPS://EXAMPLE.COM/',
    'https://example.com./',
    'https://my_shop.example.com/',
    'https://xn--mnchen-3ya.example/',
    'https://internal.example.com/',
    'https://mytest.example.com/',
    'https://notlocalhost.com/',
    'https://tidings.example/',
    'https://sub.hooks.tidings.example/',
    'https://example.com/@path?user@x#a@b',
    'https://example.com?x=@',
    'https://example.com/%00%0d%0a',
    'https://example.com:443/',
    'https://example.com:1024/',
    'https://example.com:65535/',
    'https://example.com:8443/hook?x=1#part',
    'https://8.8.8.8/',
    'https://münchen.example/',
    'https://[2606:4700::1111]/',
  ])('takes %s', (url) => expect(urlProblem(url, policy)).toBeNull());

  it('takes 2,048 characters and no more', () => {
    const url = 'https://example.com/';
    expect(urlProblem(url + 'a'.repeat(2_048 - url.length), policy)).toBeNull();
    expect(urlProblem(url + 'a'.repeat(2_049 - url.length), policy)).not.toBeNull();
  });

  it('takes ports where web servers listen, and none of other services', () => {
    const services = [
      1719, 1720, 1723, 2049, 2375, 2376, 2379, 2380, 3306, 3389, 3659, 4045, 4190, 4222, 5060, 5061, 5432, 5672, 5900, 5984, 6000, 6222, 6379,
      6443, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 8222, 9000, 9092, 9200, 9300, 10080, 10250, 11211, 15672, 27017,
    ]; // prettier-ignore
    const taken = Array.from({ length: 65_536 }, (_, port) => port).filter(
      (port) => urlProblem(`https://example.com:${port}/`, policy) === null,
    );
    expect(taken).toEqual([
      443,
      ...Array.from({ length: 65_536 - 1_024 }, (_, index) => index + 1_024).filter((port) => !services.includes(port)),
    ]);
  });

  it('knows our own names however the operator writes them, and does not start with one that is none', () => {
    const own = (names: string) => outgoingPolicy({ ...none, TIDINGS_OWN_HOSTNAMES: names });
    expect(urlProblem('https://xn--bcher-kva.example/', own('BÜCHER.example., other.example'))).not.toBeNull();
    expect(urlProblem('https://other.example/', own('BÜCHER.example., other.example'))).not.toBeNull();
    expect(() => own('not a name')).toThrow('TIDINGS_OWN_HOSTNAMES');
  });

  it('says it in the words of the document', () =>
    expect(urlProblem('http://example.com/', policy)).toBe('Webhook URL must use HTTPS'));

  it('names the setting that allows a refused URL, on a server that npm start started only', () => {
    const local = outgoingPolicy({ ...none, TIDINGS_STARTED_BY: 'npm start' });
    expect(urlProblem('http://example.com/', local)).toBe(
      'Webhook URL must use HTTPS. To allow it on this server, start it with TIDINGS_ALLOW_HTTP_URLS=true',
    );
    expect(urlProblem('https://10.0.0.7/', local)).toMatch(/start it with TIDINGS_ALLOWED_CIDRS=10\.0\.0\.7\/32$/);
    expect(urlProblem('https://[::1]/', local)).toMatch(/start it with TIDINGS_ALLOWED_CIDRS=::1\/128$/);
    expect(urlProblem('https://10.0.0.7/', outgoingPolicy(none))).toBe('The address is not a public one');
  });

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

  // Pieces that attackers build URLs from, in any order.
  const hostile = fc
    .array(
      fc.constantFrom(
        'https://', 'http://', '//', '/', '\\', '@', ':', '?', '#', '.', '..', '%2e', '%40', '%00', '\t', ' ', '。', '／', '＠', '[', ']', '::1', '::ffff:', 'example.com',
        'localhost', '127.0.0.1', '2130706433', '0x7f', '0', '10', '169.254.169.254', 'internal', 'user', 'a', '443', '8443', '22', 'é', 'ß', '\u00ad', '\u202e', '\ud800',
      ), // prettier-ignore
      { minLength: 1, maxLength: 8 },
    )
    .map((parts) => parts.join(''));

  it('takes only URLs that lead, however they are written, to a public name or address, and nowhere else when read again', () => {
    const anyUrl = fc.oneof(
      hostile.map((rest) => `https://${rest}`),
      hostile,
      fc.tuple(fc.domain(), hostile).map(([domain, rest]) => `https://${domain}/${rest}`),
    );
    let taken = 0;
    fc.assert(
      fc.property(anyUrl, (text) => {
        if (urlProblem(text, policy) !== null) return;
        taken++;
        const [read, dialled] = [new URL(text), dialledUrl(text)];
        expect([dialled.protocol, dialled.host, dialled.pathname, dialled.search]).toEqual([read.protocol, read.host, read.pathname, read.search]); // prettier-ignore
        expect([dialled.protocol, dialled.username, dialled.password, dialled.hash]).toEqual(['https:', '', '', '']);
        const literal = dialled.hostname.replace(/^\[|\]$/g, '');
        const isPublicAddress = isIP(literal) !== 0 && policy.addresses.isAllowed(literal);
        const isName = isIP(literal) === 0 && /^[a-z0-9_-]+(\.[a-z0-9_-]+)+\.?$/.test(literal);
        expect([literal, isPublicAddress || isName]).toEqual([literal, true]);
        // The rule judges the stored and the dialled URL alike.
        expect(urlProblem(dialled.href, policy)).toBeNull();
        expect(dialledUrl(dialled.href).href).toBe(dialled.href);
      }),
      { numRuns: 2_000 },
    );
    expect(taken).toBeGreaterThan(50);
  });
});

describe('the rule for custom headers', () => {
  it.each([
    'Host', 'hOsT', 'Content-Length', 'Transfer-Encoding', 'Connection', 'Proxy-Authorization', 'TE', 'X-Forwarded-For', 'CF-Connecting-IP', 'Webhook-Id',
    'X-Webhook-Signature', 'svix-id', 'Metadata-Flavor', 'X-Webhook-Id', 'X-Webhook-Timestamp', 'CF-Worker', 'Traceparent', '__proto__', 'constructor', '',
    'with space', 'naïve', 'Ⅹ-Kelvin', 'a:b', `x${'y'.repeat(128)}`, 'content-type', 'CONTENT-ENCODING', 'Keep-Alive', 'Proxy-Connection', 'trailer', 'Upgrade', 'HTTP2-Settings',
    'expect', 'Accept-Encoding', 'Range', 'date', 'User-Agent', 'Max-Forwards', 'Via', 'Forwarded', 'X-Forwarded-Proto', 'x-forwarded-', 'X-Real-IP', 'True-Client-IP', 'cf-ray',
    'X-HTTP-Method-Override', 'X-Original-URL', 'X-Rewrite-URL', 'Set-Cookie', 'tracestate', 'Idempotency-Key', 'WEBHOOK-Signature', 'webhook-', 'svix-signature', 'Metadata',
    'X-Google-Metadata-Request', 'X-AWS-EC2-Metadata-Token', 'prototype', 'Host\u0000', 'Host ', ' Host', 'X-Key\r\nHost', 'X-Key:', '\u212Aeep-alive', 'ho\u017Ft', '日本', '(x)', 'x,y', 'x/y',
    ...[...profiles.values()].flatMap(({ signatureHeader }) => signatureHeader ?? []),
  ])('refuses the name %s, when saved and when sent', (name) => {
    const headers = Object.fromEntries([[name, 'value']]);
    expect(headerProblems(headers)).toHaveLength(1);
    expect(sendableHeaders(headers)).toEqual({});
  }); // prettier-ignore

  it.each([
    '',
    ' ',
    'a\r\nInjected: 1',
    'a\rb',
    'a\nb',
    'a\u0000',
    'a\tb',
    'a\u007f',
    'ü',
    '\ud800',
    '\u0120',
    ' leading',
    'trailing ',
    'x'.repeat(4_097),
  ])('refuses the value %j', (value) => {
    expect(headerProblems({ 'X-Key': value })).toHaveLength(1);
    expect(sendableHeaders({ 'X-Key': value })).toEqual({});
  });

  it('says why it refuses a name', () => {
    const why = (name: string): string => headerProblems({ [name]: 'value' })[0]!.detail;
    expect(why('Host')).toBe('cannot be set: it decides how the request is framed or read');
    expect(why('X-Forwarded-For')).toContain('proxy');
    expect(why('Webhook-Id')).toBe('cannot be set: Tidings sends it itself');
    expect(why('Metadata-Flavor')).toContain("a cloud's metadata");
  });

  it('refuses one name in two spellings, more than 20 headers, and more than 8 KiB', () => {
    expect(headerProblems({ 'X-Key': 'a', 'x-key': 'b' })).toHaveLength(1);
    expect(sendableHeaders({ 'X-Key': 'a', 'x-key': 'b' })).toEqual({ 'X-Key': 'a' });
    expect(headerProblems(Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`X-${n}`, 'a'])))).toHaveLength(1);
    expect(headerProblems({ 'X-A': 'a'.repeat(4_096), 'X-B': 'b'.repeat(4_096) })).toHaveLength(1);
  });

  it('takes what APIs ask for', () => {
    const headers = {
      'X-API-Key': 'your-custom-key',
      Authorization: 'Bearer abc def',
      Cookie: 'a=b; c=d',
      'X-Tenant': '42',
      'CF-Access-Client-Id': 'abc.access',
      'CF-Access-Client-Secret': 'secret',
      'X-Webhook-Token': 'token',
      'X-Goog-Channel-Token': 'token',
      'X-Amz-Date': '20260321T143000Z',
      Webhooks: 'yes',
      Proxy: 'none',
    };
    expect(headerProblems(headers)).toEqual([]);
    expect(sendableHeaders(headers)).toEqual(headers);
  });

  it.each([1, null, true, ['a'], { a: 'b' }])('refuses %j, which is no text, as a value', (value) => {
    const headers = { 'X-Key': value } as unknown as Record<string, string>;
    expect(headerProblems(headers)).toHaveLength(1);
    expect(sendableHeaders(headers)).toEqual({});
  });

  const anyName = fc.oneof(fc.string(), fc.constantFrom('Host', 'X-Ok', 'x-ok', 'Connection', 'X-A', 'X-B', 'X-C', '__proto__'));
  const anyValue = fc.oneof(fc.string(), fc.constantFrom('a'.repeat(4_096), 'b'.repeat(3_000), 'good', 'c'.repeat(4_097)));
  const anyHeaders = fc.dictionary(anyName, anyValue, { maxKeys: 30 });

  it('sends nothing that it would not save, and all that it would', () => {
    fc.assert(
      fc.property(anyHeaders, (headers) => {
        const sendable = sendableHeaders(headers);
        expect(headerProblems(sendable)).toEqual([]);
        expect(sendableHeaders(sendable)).toEqual(sendable);
        const isSaved = headerProblems(headers).length === 0;
        expect(isSaved ? sendable : headers).toEqual(headers);
      }),
      { numRuns: 300 },
    );
  });

  it('sends nothing that would end a header, begin another one, or be read as another name', () => {
    fc.assert(
      fc.property(anyHeaders, (headers) => {
        const wire = Object.entries(sendableHeaders(headers))
          .map(([name, value]) => `${name}: ${value}\r\n`)
          .join('');
        const lines = wire.split('\r\n').slice(0, -1);
        expect(lines).toHaveLength(Object.keys(sendableHeaders(headers)).length);
        for (const line of lines) expect(line).toMatch(/^[!-9;-~]+: [!-~]([ -~]*[!-~])?$/);
        expect(wire.length).toBeLessThanOrEqual(8 * 1024);
      }),
      { numRuns: 300 },
    );
  });
});
