import type { Platform } from './platform.js';

/** Spellings of a text: as it is, in hexadecimal, and in base64 at each of the three alignments. */
function spellings(searched: string): string[] {
  const bytes = Buffer.from(searched);
  const inBase64 = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    // The characters at both ends depend on what stands beside it.
    return text.slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + bytes.length) * 4) / 3) - 1);
  });
  return [searched, bytes.toString('hex'), ...inBase64];
}

/** Everything that anyone could read later, by place. */
export async function everything(platform: Platform): Promise<Map<string, string>> {
  const found = new Map<string, string>([['log lines', platform.lines.join('\n')]]);
  for (const service of platform.services.values())
    found.set(`metrics of ${service.name}`, await (await fetch(service.readyUrl.replace('/health/ready', '/metrics'))).text());
  const jsm = await platform.js.jetstreamManager();
  for await (const { config, state } of jsm.streams.list()) {
    const messages: string[] = [];
    for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
      const message = await jsm.streams.getMessage(config.name, { seq }).catch(() => null);
      if (message)
        messages.push(`${message.subject}\n${JSON.stringify([...message.header])}\n${Buffer.from(message.data).toString()}`);
    }
    found.set(`stream ${config.name}`, messages.join('\n'));
  }
  const tables = await platform.query(
    `SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE schemaname IN ('subscriptions', 'delivery_log')`,
  );
  for (const { name } of tables) {
    const rows = await platform.query(`SELECT one::text AS row FROM ${String(name)} one`);
    found.set(`table ${String(name)}`, rows.map(({ row }) => String(row)).join('\n'));
  }
  return found;
}

/** The places that contain the text, in any spelling. */
export function whereIs(searched: string, places: Map<string, string>): string[] {
  const written = spellings(searched);
  return [...places].filter(([, text]) => written.some((one) => text.includes(one))).map(([place]) => place);
}
