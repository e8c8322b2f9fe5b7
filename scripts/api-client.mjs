import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import openapiTS, { astToString } from 'openapi-typescript';
import { projectDir } from './services.mjs';

/**
 * Makes the types of libs/api-client from the OpenAPI document of the built gateway. They are not committed, so they cannot
 * be out of date. `npm start` does not need them.
 */

const types = join(projectDir, 'libs/api-client/src/generated/paths.ts');
const built = join(projectDir, 'dist/.built');

if (!existsSync(types) || statSync(types).mtimeMs < statSync(built).mtimeMs) {
  const main = join(projectDir, 'dist/services/gateway/src/openapi/document-main.js');
  const document = execFileSync(process.execPath, [main], { encoding: 'utf8' });
  // A field with a default may be left out of a request, whatever the generator thinks.
  const source = await openapiTS(JSON.parse(document), { defaultNonNullable: false });
  mkdirSync(dirname(types), { recursive: true });
  writeFileSync(types, astToString(source));
}
