import { chmodSync, renameSync, writeFileSync } from 'node:fs';

/**
 * Writes a file that only its owner may read. A reader finds the old content or the new, never a part.
 *
 * @param {string} file
 * @param {string} content
 */
export function writePrivate(file, content) {
  writeFileSync(`${file}.new`, content, { mode: 0o600 });
  // A left-over file would have kept its old mode.
  chmodSync(`${file}.new`, 0o600);
  renameSync(`${file}.new`, file);
}
