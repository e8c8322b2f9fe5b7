import { localUser, natsUsers } from '#libs/contracts/src/users/nats-users';
import { natsAccess } from '../../scripts/servers/nats-users.mjs';

/** The test itself, which looks into everything. */
const administrator = { name: 'administrator', publish: ['>'], neverPublish: [], subscribe: ['>'] };

/** The users of a test's own NATS server: those of `npm start`, so that every test proves what each may do, and the test. */
export function testAccess() {
  return natsAccess([...natsUsers, localUser, administrator]);
}
