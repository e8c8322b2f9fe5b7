import { readEnvironment } from '#libs/service/src/environment';
import { main } from '#libs/service/src/run-service';
import { asEveryone } from '#libs/postgres/src/database';
import { openLog } from '../open-log.js';
import { DeliveryLogSettings } from '../settings.js';
import { rebuild } from './rebuild.js';

/** Makes the log again from the streams. An operator runs it in the environment of delivery-log, which may go on running. */
main(async () => {
  const database = await openLog(readEnvironment(DeliveryLogSettings));
  await asEveryone(database, rebuild);
  await database.destroy();
  process.stdout.write(
    'The log is being read again from the streams. Its progress: the metric tidings_projection_lag_messages.\n',
  );
});
