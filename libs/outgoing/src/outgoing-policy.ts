import { addressRule, type AddressRule } from './address-rule.js';

/** Rules for URLs of receivers, with the operator's exceptions. */
export interface OutgoingPolicy {
  /** Plain HTTP, for development. */
  allowHttp: boolean;
  addresses: AddressRule;
  /** Our own public names: nobody may make us call ourselves. */
  ownHostnames: string[];
  /** Whether a refusal names the setting that allows the URL. Only the developer of a local server may learn it. */
  namesSettings: boolean;
}

/** Reads the policy from the environment: networks such as `127.0.0.0/8,::1/128`, names such as `hooks.example.com`. Throws on a mistake. */
export function outgoingPolicy(env: {
  TIDINGS_ALLOW_HTTP_URLS: string;
  TIDINGS_ALLOWED_CIDRS: string;
  TIDINGS_OWN_HOSTNAMES: string;
  TIDINGS_STARTED_BY?: string;
}): OutgoingPolicy {
  return {
    allowHttp: ['true', '1'].includes(env.TIDINGS_ALLOW_HTTP_URLS),
    addresses: addressRule(list(env.TIDINGS_ALLOWED_CIDRS)),
    ownHostnames: list(env.TIDINGS_OWN_HOSTNAMES).map(hostname),
    namesSettings: Boolean(env.TIDINGS_STARTED_BY),
  };
}

/** Writes a name as a URL's parser does, since it is compared with parsed URLs. */
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
