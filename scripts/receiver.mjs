import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { verifyStandard } from '../docs/guide/verify/verify.mjs';

/**
 * `npm run receiver`: a webhook receiver that prints every delivery. `-- --secret whsec_…` verifies signatures, `--status 503`
 * answers with that status, `--port 4001` listens elsewhere.
 */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4000' },
    status: { type: 'string', default: '200' },
    secret: { type: 'string' },
  },
});

const server = createServer((request, response) => {
  /** @type {Buffer[]} */
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    const isRefused = values.secret !== undefined && !verifyStandard(request.headers, body, values.secret);
    const status = isRefused ? 401 : Number(values.status);
    response.writeHead(status).end();
    const verdict = values.secret === undefined ? '' : isRefused ? '  NOT VERIFIED' : '  verified';
    const id = String(request.headers['webhook-id'] ?? '');
    process.stdout.write(`\n${status} ${request.method} ${request.url}  ${id}${verdict}\n${body.toString()}\n`);
  });
});
server.on('error', (/** @type {Error} */ error) => {
  process.stderr.write(`The receiver cannot listen on port ${values.port} (${error.message}). Choose another one with --port.\n`);
  process.exit(1);
});
server.listen(Number(values.port), '127.0.0.1', () => {
  process.stdout.write(`Listening at http://127.0.0.1:${values.port}/webhooks, answering ${values.status}. Stop: Ctrl-C\n`);
});
