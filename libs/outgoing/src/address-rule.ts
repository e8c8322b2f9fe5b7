import { BlockList, isIP } from 'node:net';

/** IPv4 outside the public internet: RFC 6890 and its successors, and a cloud provider's own service address. */
const IPV4_REFUSED = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24',
  '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24', '192.168.0.0/16', '192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24',
  '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4', '168.63.129.16/32',
]; // prettier-ignore

/** IPv6 that may be called: 2000::/3 without the refused networks. */
const IPV6_ALLOWED = ['2000::/3'];
const IPV6_REFUSED = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];

export interface AddressRule {
  /** Whether a request may go to this literal address. Anything that is no plain IP address may not. */
  isAllowed(address: string): boolean;
  /** Whether the operator has allowed this address beyond the rule. */
  isAllowedByOperator(address: string): boolean;
}

/**
 * Makes the rule for addresses: public ones, and those that the operator allows. Throws an Error that names a CIDR it cannot read.
 *
 * `net.BlockList` answers "not in the list" when it is asked with the wrong family. A list with both families takes
 * `::ffff:127.0.0.1` for the IPv4 address. Hence a list for each family.
 */
export function addressRule(allowedCidrs: string[]): AddressRule {
  const networks = allowedCidrs.map(network);
  const byOperator4 = blockList(networks.filter(({ family }) => family === 'ipv4'));
  const byOperator6 = blockList(networks.filter(({ family }) => family === 'ipv6'));
  const refused4 = blockList(IPV4_REFUSED.map(network));
  const allowed6 = blockList(IPV6_ALLOWED.map(network));
  const refused6 = blockList(IPV6_REFUSED.map(network));
  const isAllowedByOperator = (address: string): boolean => {
    const family = familyOf(address);
    return family === 'ipv4' ? byOperator4.check(address, family) : family === 'ipv6' && byOperator6.check(address, family);
  };
  return {
    isAllowedByOperator,
    isAllowed(address) {
      if (isAllowedByOperator(address)) return true;
      const family = familyOf(address);
      if (family === 'ipv4') return !refused4.check(address, family);
      return family === 'ipv6' && allowed6.check(address, family) && !refused6.check(address, family);
    },
  };
}

interface Network {
  address: string;
  bits: number;
  family: 'ipv4' | 'ipv6';
}

/** Family of a plain address. Null for anything else, an address with a zone included. */
function familyOf(address: string): Network['family'] | null {
  const family = address.includes('%') ? 0 : isIP(address);
  return family === 0 ? null : family === 4 ? 'ipv4' : 'ipv6';
}

function network(cidr: string): Network {
  const [, address = '', prefix = ''] = /^([^/]+)\/(\d{1,3})$/.exec(cidr) ?? [];
  const family = familyOf(address);
  const bits = Number(prefix);
  if (family === null || bits > (family === 'ipv4' ? 32 : 128)) {
    throw new Error(`TIDINGS_ALLOWED_CIDRS: "${cidr}" is not a network such as 127.0.0.0/8 or ::1/128.`);
  }
  return { address, bits, family };
}

function blockList(networks: Network[]): BlockList {
  const list = new BlockList();
  for (const { address, bits, family } of networks) list.addSubnet(address, bits, family);
  return list;
}
