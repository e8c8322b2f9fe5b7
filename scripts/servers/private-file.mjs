import { chmodSync, renameSync, writeFileSync } from 'node:fs';

/**
 * Writes a file that only its owner reads. Whoever reads it meanwhile finds the old content or the new one.
 *
 * @param {string} file
 * @param {string} content
 */
export function writePrivate(file, content) {
  writeFileSync(`${file}.new`, content, { mode: 0o600 });
  // One that lay there already would have kept its mode.
  chmodSync(`${file}.new`, 0o600);
  renameSync(`${file}.new`, file);
}
