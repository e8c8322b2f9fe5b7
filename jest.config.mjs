import { readFileSync } from 'node:fs';

// As the build compiles, but tests too, which the build leaves out.
const { jsc } = JSON.parse(readFileSync(new URL('.swcrc', import.meta.url), 'utf8'));

/** Kinds of test, told by their suffix: .spec (pure), .int-spec (a real NATS or PostgreSQL), .e2e-spec (all services). */
const common = {
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['<rootDir>/dist'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { swcrc: false, jsc, module: { type: 'es6' }, sourceMaps: 'inline' }] },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
};

const withServers = { ...common, globalSetup: './test/support/bring-servers.mjs' };

export default {
  testSequencer: './test/support/sequencer.mjs',
  projects: [
    { ...common, displayName: 'unit', testMatch: ['**/*.spec.ts'] },
    { ...withServers, displayName: 'integration', testMatch: ['**/*.int-spec.ts'] },
    {
      ...withServers,
      displayName: 'e2e',
      testMatch: ['**/*.e2e-spec.ts'],
      testEnvironment: './test/support/shared-platform.mjs',
    },
  ],
};
