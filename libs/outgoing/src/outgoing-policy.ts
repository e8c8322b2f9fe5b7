import { addressRule, type AddressRule } from './address-rule.js';

/** What the operator allows beyond the rules. */
export interface OutgoingPolicy {
  /** Plain HTTP, for development. */
  allowHttp: boolean;
  addresses: AddressRule;
  /** Our own public names: nobody may make us call ourselves. */
  ownHostnames: string[];
}

/** From TIDINGS_ALLOW_HTTP_URLS, TIDINGS_ALLOWED_CIDRS (`127.0.0.0/8,::1/128`) and TIDINGS_OWN_HOSTNAMES. Throws on a mistake. */
export function outgoingPolicy(env: {
  TIDINGS_ALLOW_HTTP_URLS: string;
  TIDINGS_ALLOWED_CIDRS: string;
  TIDINGS_OWN_HOSTNAMES: string;
}): OutgoingPolicy {
  return {
    allowHttp: ['true', '1'].includes(env.TIDINGS_ALLOW_HTTP_URLS),
    addresses: addressRule(list(env.TIDINGS_ALLOWED_CIDRS)),
    ownHostnames: list(env.TIDINGS_OWN_HOSTNAMES).map(hostname),
  };
}

/** As a URL's parser writes it, with which it is compared. */
function hostname(name: string): string {
  if (!URL.canParse(`https://${name}`))
    throw new Error(`TIDINGS_OWN_HOSTNAMES: "${name}" is not a name such as hooks.example.com.`);
  return new URL(`https://${name}`).hostname.replace(/\.$/, '');
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
