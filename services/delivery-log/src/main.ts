import { readEnvironment } from '#libs/service/src/environment';
import { main, runService } from '#libs/service/src/run-service';
import { AppModule } from './app.module.js';
import { DeliveryLogSettings } from './settings.js';

main(async () => {
  const settings = readEnvironment(DeliveryLogSettings);
  await runService('delivery-log', settings, AppModule.with(settings));
});
