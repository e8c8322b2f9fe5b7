/**
 * The floors of each service, top to bottom. A file or folder imports only what stands on lower floors, types included;
 * neighbours on one floor do not import each other. Nothing may stand beside the floors.
 *
 * @type {Record<string, string[][]>}
 */
const floors = {
  gateway: [
    ['main.ts'],
    ['openapi'],
    ['app.module.ts'],
    ['rpc'],
    ['controllers.ts'],
    [
      'account',
      'api-key',
      'audit-log',
      'delivery',
      'erasure',
      'event',
      'event-type',
      'inbound-webhook',
      'ip-address',
      'live',
      'notification',
      'rejected-event',
      'replay',
      'statistics',
      'webhook',
    ],
    ['idempotency', 'validation'],
    ['http', 'keys'],
    ['route', 'settings.ts'],
  ],
  ingestion: [
    ['main.ts'],
    ['app.module.ts'],
    ['event', 'rejected'],
    ['inbound'],
    ['store'],
    ['door'],
    ['account', 'settings.ts'],
  ],
  dispatch: [
    ['main.ts'],
    ['app.module.ts'],
    ['settings.ts', 'partition'],
    ['manual'],
    ['event', 'lane', 'retry', 'replay'],
    ['deliver', 'test-send'],
    ['attempt', 'flow'],
    ['directory', 'health'],
    ['record', 'delivery'],
    ['payload', 'ledger'],
    ['metrics.ts'],
  ],
  subscriptions: [
    ['main.ts'],
    ['app.module.ts'],
    ['settings.ts', 'ping.handler.ts', 'account', 'health'],
    ['webhook', 'inbound-webhook', 'api-key'],
    ['event-type', 'notification'],
    ['audit', 'idempotency', 'outbox'],
    ['state', 'migrations'],
  ],
  'delivery-log': [
    ['main.ts', 'rebuild'],
    ['app.module.ts'],
    ['projection'],
    ['explain', 'erasure', 'replay', 'statistics'],
    ['delivery', 'event', 'rejected-event', 'fact'],
    ['hours', 'retention'],
    ['job', 'insert-rows.ts'],
    ['positions.ts', 'open-log.ts'],
    ['migrations', 'settings.ts'],
  ],
};

/**
 * The rules that hold a service's floors.
 *
 * @param {[string, string[][]]} entry
 */
function floorRules([service, list]) {
  /** @param {string[]} names */
  const pathOf = (names) => `^services/${service}/src/(${names.map((name) => name.replace('.', '\\.')).join('|')})(/|$)`;
  const rules = list.map((names, index) => ({
    name: `${service}-imports-go-down`,
    comment: `${names.join(', ')} may import lower floors only (see floors in this file).`,
    severity: 'error',
    from: { path: pathOf(names) },
    to: { path: pathOf(list.slice(0, index + 1).flat()), pathNot: `^services/${service}/src/$1(/|$)` },
  }));
  const hasNoFloor = {
    name: `${service}-stands-on-floors`,
    comment: 'A new folder needs its place in the list of floors in this file.',
    severity: 'error',
    from: { path: `^services/${service}/src/`, pathNot: pathOf(list.flat()) },
    to: {},
  };
  return [...rules, hasNoFloor];
}

/** The architecture as rules: `npm run lint:architecture`. */
export default {
  forbidden: [
    ...Object.entries(floors).flatMap(floorRules),
    {
      name: 'services-do-not-import-each-other',
      comment: 'What two services share is a lib, named for what it does.',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'libs-do-not-import-services',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^services/' },
    },
    {
      name: 'the-domain-is-plain',
      comment: 'Decisions are functions over data: no Nest, no clock, no I/O, nothing but contracts and each other.',
      severity: 'error',
      from: {
        path: '^(services/dispatch/src/delivery/(attempt-result|delivery|facts|next-step|retry-schedule)|services/dispatch/src/flow/(adaptive-limit|pace)|services/dispatch/src/ledger/ledger|services/dispatch/src/directory/(event-index|subscribers|webhook)|services/dispatch/src/record/(history|changed-paths)|libs/matching/src/.*|services/delivery-log/src/fact/(fold-facts|settled)|services/delivery-log/src/hours/(fold-hours|histogram|hour-counts)|services/delivery-log/src/explain/(explain|was-it-matched|condition-then|phrases)|services/delivery-log/src/statistics/(series|health-sentence))\\.ts$',
      },
      to: { path: 'node_modules|^node:', pathNot: '\\.d\\.ts$' },
    },
    {
      name: 'dispatch-has-no-database',
      comment: 'It delivers while PostgreSQL is down.',
      severity: 'error',
      from: { path: '^services/(dispatch|ingestion)/' },
      to: { path: '^libs/postgres/|node_modules/(typeorm|pg)/' },
    },
    {
      name: 'one-class-calls-receivers',
      comment: 'Only the guarded agent opens connections to addresses that customers name.',
      severity: 'error',
      from: { path: '^(services|libs)/', pathNot: '^services/dispatch/src/attempt/(guarded-agent|webhook-sender)\\.ts$' },
      to: { path: 'node_modules/undici/|^node:(http|https|tls|dns)$' },
    },
    {
      name: 'no-circles',
      severity: 'error',
      from: { pathNot: 'node_modules' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '\\.spec\\.ts$|\\.int-spec\\.ts$' },
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'require', 'node', 'default'],
      extensions: ['.ts', '.js', '.mjs', '.json'],
    },
  },
};
