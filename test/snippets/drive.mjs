import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { verifyProfile, verifyStandard } from '../../docs/guide/verify/verify.mjs';

/** Reads requests as JSON from standard input, and prints a verdict for each. The argument is the library's folder, if any. */
const [folder] = process.argv.slice(2);
const library = folder && (await import(pathToFileURL(join(folder, 'node_modules/standardwebhooks/dist/index.js')).href));

/** @typedef {{ headers: Record<string, string>, body: string, secret: string, profileHeader: string }} Case */

/** @param {Case} request */
function libraryVerdict({ headers, body, secret }) {
  try {
    new library.Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

const verdicts = /** @type {Case[]} */ (JSON.parse(readFileSync(0, 'utf8'))).map((request) => {
  const { headers, secret, profileHeader } = request;
  const body = Buffer.from(request.body);
  return {
    standard: verifyStandard(headers, body, secret),
    profile: verifyProfile(headers[profileHeader], body, secret),
    library: library ? libraryVerdict(request) : null,
  };
});
process.stdout.write(JSON.stringify(verdicts));
