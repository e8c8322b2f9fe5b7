import { createHash } from 'node:crypto';
import type { InboundReceipt } from '#libs/api/src/inbound-webhook.dto';
import { receiveInbound } from '#libs/contracts/src/calls/inbound-webhooks';
import { crashPoint } from '#libs/service/src/crash-point';
import type { Asker } from '#libs/service/src/ask';
import type { FastifyRequest } from 'fastify';

/** Hands a post over as it came. Ingestion gets the token's hash; the token itself stays here. */
export async function receivePost(asker: Asker, request: FastifyRequest): Promise<InboundReceipt> {
  const { token } = request.params as { token: string };
  const receipt = await asker.ask(receiveInbound, {
    tokenHash: createHash('sha256').update(token).digest('hex'),
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
    body: (request.body as Buffer).toString('base64'),
    traceparent: (request.headers['traceparent'] as string | undefined) ?? null,
  });
  crashPoint('gateway.inbound_received');
  return receipt;
}
