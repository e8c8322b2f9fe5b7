import { createServer } from 'node:http';

/** The receiver of the benchmark, a process of its own: counts requests and keeps how long each event took to get here. */
let count = 0;
/** @type {number[]} */
let latencies = [];

const server = createServer((request, response) => {
  /** @type {Buffer[]} */
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    count++;
    const sentAt = /"sent_at":(\d+(?:\.\d+)?)/.exec(Buffer.concat(chunks).toString('latin1'))?.[1];
    if (sentAt) latencies.push(performance.timeOrigin + performance.now() - Number(sentAt));
    response.writeHead(200, { 'content-length': 0 }).end();
  });
});
server.keepAliveTimeout = 60_000;

process.on('message', (what) => {
  if (what === 'count') process.send?.({ count });
  if (what === 'take') {
    process.send?.({ count, latencies });
    count = 0;
    latencies = [];
  }
});
server.listen(0, '127.0.0.1', () =>
  process.send?.({ port: /** @type {import('node:net').AddressInfo} */ (server.address()).port }),
);
