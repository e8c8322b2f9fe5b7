import { connect } from 'node:net';

/** A server's answers on a connection, and whether it then closed it. */
export interface RawAnswer {
  text: string;
  /** The status of each answer, in order. */
  statuses: number[];
  isClosed: boolean;
  bytesTaken: number;
}

/**
 * Writes pieces of bytes, valid HTTP or not. Reads until the server closes the connection or is silent for `quietMs`. Stops
 * writing at the first answer.
 */
export async function rawRequest(url: string, pieces: Iterable<string | Buffer>, quietMs = 300): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  let isClosed = false;
  let lastMs = Date.now();
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    lastMs = Date.now();
  });
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', resolve)).then(() => (isClosed = true));
  for (const piece of pieces) {
    if (isClosed || text !== '') break;
    await Promise.race([closed, new Promise((resolve) => socket.write(piece, resolve))]);
    lastMs = Date.now();
  }
  while (!isClosed && (text === '' || Date.now() - lastMs < quietMs)) {
    if (Date.now() - lastMs > 10_000) throw new Error('the server says nothing');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const bytesTaken = socket.bytesWritten;
  socket.destroy();
  const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
  return { text, statuses, isClosed, bytesTaken };
}
