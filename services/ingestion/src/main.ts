import { readEnvironment } from '#libs/service/src/environment';
import { main, runService } from '#libs/service/src/run-service';
import { AppModule } from './app.module.js';
import { IngestionSettings } from './settings.js';

main(async () => {
  const settings = readEnvironment(IngestionSettings);
  await runService('ingestion', settings, AppModule.with(settings));
});
