import { randomBytes } from 'node:crypto';

/** @typedef {import('#libs/contracts/src/users/nats-users').NatsUser} NatsUser */

/**
 * The `authorization` block of a nats.conf.
 *
 * @param {NatsUser[]} users
 * @param {(user: string) => string} passwordOf text for the file: `"secret"`, or `$VARIABLE` of the server's environment
 */
export function authorization(users, passwordOf) {
  const blocks = users.map(({ name, publish, neverPublish, subscribe }) =>
    [
      '    {',
      `      user: ${name}`,
      `      password: ${passwordOf(name)}`,
      '      permissions: {',
      `        publish: { allow: ${list(publish)}${neverPublish.length > 0 ? `, deny: ${list(neverPublish)}` : ''} }`,
      `        subscribe: { allow: ${list(subscribe)} }`,
      '      }',
      '    }',
    ].join('\n'),
  );
  return ['authorization {', '  users: [', ...blocks, '  ]', '}', ''].join('\n');
}

/** @param {string[]} subjects */
function list(subjects) {
  return `[\n${subjects.map((subject) => `          "${subject}"\n`).join('')}        ]`;
}

/**
 * The users of a NATS server that only this machine reaches: their part of its configuration, and the URL of each.
 * A client without a name is the user `local`. A user without a password gets one.
 *
 * @param {NatsUser[]} users
 * @param {Record<string, string>} [known]
 */
export function natsAccess(users, known = {}) {
  /** @type {Record<string, string>} */
  const passwords = Object.fromEntries(users.map(({ name }) => [name, known[name] ?? randomBytes(24).toString('hex')]));
  return {
    passwords,
    config: `no_auth_user: local\n${authorization(users, (user) => `"${passwords[user]}"`)}`,
    /**
     * @param {string} url
     * @param {string} user
     */
    urlAs: (url, user) => url.replace('//', `//${user}:${passwords[user]}@`),
  };
}
