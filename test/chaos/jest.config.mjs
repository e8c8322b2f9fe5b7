import { projectDir } from '../../scripts/services.mjs';
import config from '../../jest.config.mjs';

/** As the end-to-end tests, but for the files that `npm test` leaves out because they take half an hour. */
export default {
  ...config.projects.at(-1),
  displayName: 'chaos',
  rootDir: projectDir,
  testMatch: ['**/test/chaos/*.chaos.ts'],
};
