import { readEnvironment } from '#libs/service/src/environment';
import { main, runService } from '#libs/service/src/run-service';
import { AppModule } from './app.module.js';
import { SubscriptionsSettings } from './settings.js';

main(async () => {
  const settings = readEnvironment(SubscriptionsSettings);
  await runService('subscriptions', settings, AppModule.with(settings));
});
