import { createHash } from 'node:crypto';
import type { InboundReceipt } from '#libs/api/src/inbound-webhook.dto';
import { crashPoint } from '#libs/service/src/crash-point';
import type { Asker } from '#libs/service/src/ask';
import type { FastifyRequest } from 'fastify';

/** Hands over what was posted to an inbound webhook, as it came. The token goes no further: its hash does. */
export async function receiveInbound(asker: Asker, request: FastifyRequest): Promise<InboundReceipt> {
  const { token } = request.params as { token: string };
  const receipt = await asker.ask<InboundReceipt>('ingestion.inbound.receive', {
    tokenHash: createHash('sha256').update(token).digest('hex'),
    headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
    body: (request.body as Buffer).toString('base64'),
    traceparent: request.headers['traceparent'] ?? null,
  });
  crashPoint('gateway.inbound_received');
  return receipt;
}
