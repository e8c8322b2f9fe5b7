import { BlockList, isIP } from 'node:net';

/** IPv4 that is not the public internet: RFC 6890 and its successors, and a cloud provider's own service address. */
const IPV4_REFUSED = [
  '0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24',
  '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24', '192.168.0.0/16', '192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24',
  '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4', '168.63.129.16/32',
]; // prettier-ignore

/** IPv6 that may be called is 2000::/3 without these. */
const IPV6_ALLOWED = ['2000::/3'];
const IPV6_REFUSED = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];

export interface AddressRule {
  /** Whether a request may go to this literal address. Anything that is no plain IP address may not. */
  isAllowed(address: string): boolean;
  /** Whether the operator has allowed this address beyond the rule. */
  isAllowedByOperator(address: string): boolean;
}

/**
 * The rule for addresses: public ones, and what the operator allows. Throws an Error that names a CIDR it cannot read.
 * `net.BlockList` must be asked with the family of the address: with the wrong one it answers "not in the list".
 */
export function addressRule(allowedCidrs: string[]): AddressRule {
  const byOperator = blockList(allowedCidrs);
  const refused4 = blockList(IPV4_REFUSED);
  const allowed6 = blockList(IPV6_ALLOWED);
  const refused6 = blockList(IPV6_REFUSED);
  const isAllowedByOperator = (address: string): boolean => {
    const family = isIP(address);
    return family !== 0 && !address.includes('%') && byOperator.check(address, family === 4 ? 'ipv4' : 'ipv6');
  };
  return {
    isAllowedByOperator,
    isAllowed(address) {
      const family = isIP(address);
      if (family === 0 || address.includes('%')) return false;
      if (isAllowedByOperator(address)) return true;
      if (family === 4) return !refused4.check(address, 'ipv4');
      return allowed6.check(address, 'ipv6') && !refused6.check(address, 'ipv6');
    },
  };
}

function blockList(cidrs: string[]): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', prefix = ''] = cidr.split('/');
    const family = isIP(address);
    const bits = Number(prefix);
    if (family === 0 || !/^\d{1,3}$/.test(prefix) || bits > (family === 4 ? 32 : 128)) {
      throw new Error(`TIDINGS_ALLOWED_CIDRS: "${cidr}" is not a network such as 127.0.0.0/8 or ::1/128.`);
    }
    list.addSubnet(address, bits, family === 4 ? 'ipv4' : 'ipv6');
  }
  return list;
}
