import { createHmac, type BinaryLike } from 'node:crypto';
import type { SignatureScheme } from '#libs/contracts/src/inbound-webhook-state';

/** The answer that a sender gets. */
export interface SenderAnswer {
  status: number;
  id: string;
  /** The answer to a list has these instead. */
  ids: string[];
  code: string;
  detail: string;
  retryAfter: string | null;
}

/** Posts bytes as a sender does, without a content type unless `headers` has one. */
export async function post(url: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<SenderAnswer> {
  const answer = await fetch(url, { method: 'POST', body: Buffer.from(body), headers });
  const { id = '', ids = [], code = '', detail = '' } = (await answer.json()) as Partial<SenderAnswer>;
  return { status: answer.status, id, ids, code, detail, retryAfter: answer.headers.get('retry-after') };
}

/** Signs as a sender of the scheme does. The header is `X-Signature` where the scheme leaves it open. */
export function signed(
  scheme: SignatureScheme,
  secret: string,
  body: string | Buffer,
  { id = 'msg_1', seconds = Math.floor(Date.now() / 1000) } = {},
): Record<string, string> {
  const hmac = (encoding: 'hex' | 'base64', head = '', key: BinaryLike = secret): string =>
    createHmac('sha256', key).update(head).update(body).digest(encoding);
  switch (scheme) {
    case 'standard': {
      const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : secret;
      const signature = `v1,${hmac('base64', `${id}.${seconds}.`, key)}`;
      return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': signature };
    }
    case 'timestamped':
      return { 'X-Signature': `t=${seconds},v1=${hmac('hex', `${seconds}.`)}` };
    case 'prefixed_hex':
      return { 'X-Signature': `sha256=${hmac('hex')}` };
    default:
      return { 'X-Signature': hmac(scheme) };
  }
}
