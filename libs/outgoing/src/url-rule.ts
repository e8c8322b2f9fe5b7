import { isIP } from 'node:net';
import type { OutgoingPolicy } from './outgoing-policy.js';

const URL_LENGTH_MAX = 2_048;

/** Ports ≥ 1024 on which no customer's web server listens, but databases, brokers and control planes do. */
const PORTS_REFUSED = new Set([
  1719, 1720, 1723, 2049, 2375, 2376, 2379, 2380, 3306, 3389, 3659, 4045, 4190, 4222, 5060, 5061, 5432, 5672, 5900, 5984, 6000, 6222, 6379,
  6443, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 8222, 9000, 9092, 9200, 9300, 10080, 10250, 11211, 15672, 27017,
]); // prettier-ignore

/** Names that never mean a server on the public internet. */
const NAMES_REFUSED = [
  'localhost', 'local', 'localdomain', 'internal', 'intranet', 'corp', 'home', 'lan', 'home.arpa', 'onion', 'invalid', 'test', 'svc',
  'cluster.local',
]; // prettier-ignore

const LABEL = /^[a-z0-9_-]{1,63}$/;

/** Tells the person who typed a webhook's URL what is wrong with it; null for a good one. Checked when saved and when sent. */
export function urlProblem(text: string, policy: OutgoingPolicy): string | null {
  if (text.length > URL_LENGTH_MAX) return `The URL is longer than ${URL_LENGTH_MAX} characters`;
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0020\u007f\\]/.test(text)) return 'The URL contains a space, a control character or a backslash';
  const isHttp = /^http:\/\//i.test(text);
  if (!/^https:\/\//i.test(text) && !(isHttp && policy.allowHttp))
    return `Webhook URL must use HTTPS${hint(policy, 'TIDINGS_ALLOW_HTTP_URLS=true')}`;
  const authority = /^[^/]*\/\/([^/?#]*)/.exec(text)?.[1] ?? '';
  // Parsers disagree about `https:///example.com`.
  if (authority === '' || !URL.canParse(text)) return 'This is not a URL, e.g. https://example.com/webhooks';
  const url = new URL(text);
  if (url.username || url.password || authority.includes('@'))
    return 'The URL must not contain a user name or a password: use a custom header';
  return portProblem(url) ?? hostProblem(url, policy);
}

/** Parses a URL as it is dialled: once, and without its fragment. */
export function dialledUrl(text: string): URL {
  const url = new URL(text);
  url.hash = '';
  return url;
}

/** Names the setting that allows a refused URL, on a server that `npm start` started. */
function hint({ namesSettings }: OutgoingPolicy, setting: string): string {
  return namesSettings ? `. To allow it on this server, start it with ${setting}` : '';
}

function portProblem(url: URL): string | null {
  if (url.port === '') return null;
  const port = Number(url.port);
  const isUsual = port === 443 || (port === 80 && url.protocol === 'http:');
  if (isUsual || (port >= 1024 && !PORTS_REFUSED.has(port))) return null;
  return `Port ${port} cannot be used: take 443 or a port from 1024 that no well-known service uses`;
}

function hostProblem(url: URL, policy: OutgoingPolicy): string | null {
  const host = url.hostname.replace(/\.$/, '').toLowerCase();
  const literal = host.startsWith('[') ? host.slice(1, -1) : host;
  if (isIP(literal) !== 0) {
    if (policy.addresses.isAllowed(literal)) return null;
    return `The address is not a public one${hint(policy, `TIDINGS_ALLOWED_CIDRS=${literal}/${isIP(literal) === 4 ? 32 : 128}`)}`;
  }
  // The operator who allows loopback means its usual name too. Its addresses are checked when dialled.
  if (host === 'localhost' && policy.addresses.isAllowedByOperator('127.0.0.1')) return null;
  const labels = host.split('.');
  if (labels.length < 2 || !labels.every((label) => LABEL.test(label)))
    return 'The host must be a public name such as hooks.example.com';
  if (NAMES_REFUSED.some((name) => host === name || host.endsWith(`.${name}`))) return 'The host is not a public name';
  if (policy.ownHostnames.includes(host)) return 'The URL points to Tidings itself';
  return null;
}
