import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildIfNeeded } from './build.mjs';
import { authorization } from './servers/nats-users.mjs';
import { projectDir } from './services.mjs';

/**
 * Writes the NATS users of the deployments: run `node scripts/nats-users-conf.mjs` after a change to a call or to
 * libs/contracts/src/users/nats-users.ts. Passwords come from the server's environment.
 */

const FILES = ['deploy/docker/nats-users.conf', 'deploy/kubernetes/base/nats-users.conf'];

/** @param {string} user */
export const passwordVariable = (user) => `NATS_${user.toUpperCase().replace('-', '_')}_PASSWORD`;

/** @param {import('./servers/nats-users.mjs').NatsUser[]} users */
export function usersConf(users) {
  const head =
    '# Permissions of the NATS users, written by scripts/nats-users-conf.mjs from libs/contracts/src/users/nats-users.ts.\n';
  return head + authorization(users, (user) => `$${passwordVariable(user)}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  buildIfNeeded((line) => process.stdout.write(`${line}\n`));
  const { natsUsers } = await import('#libs/contracts/src/users/nats-users');
  for (const file of FILES) writeFileSync(join(projectDir, file), usersConf(natsUsers));
}
