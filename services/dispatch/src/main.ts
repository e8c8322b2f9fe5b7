import { readEnvironment } from '#libs/service/src/environment';
import { main, runService } from '#libs/service/src/run-service';
import { AppModule } from './app.module.js';
import { DispatchSettings } from './settings.js';

main(async () => {
  const settings = readEnvironment(DispatchSettings);
  await runService('dispatch', settings, AppModule.with(settings));
});
