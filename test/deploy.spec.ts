import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { natsUsers } from '#libs/contracts/src/users/nats-users';
import { readEnvironment } from '#libs/service/src/environment';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { Service } from 'kubernetes-models/v1/Service';
import { parse, parseAllDocuments } from 'yaml';
import { passwordVariable, usersConf } from '../scripts/nats-users-conf.mjs';
import { projectDir, SERVICES } from '../scripts/services.mjs';
import { DeliveryLogSettings } from '../services/delivery-log/src/settings.js';
import { DispatchSettings } from '../services/dispatch/src/settings.js';
import { GatewaySettings } from '../services/gateway/src/settings.js';
import { IngestionSettings } from '../services/ingestion/src/settings.js';
import { SubscriptionsSettings } from '../services/subscriptions/src/settings.js';

/** The manifests set exactly the variables that the code reads. */

const settings: Record<string, new () => object> = {
  subscriptions: SubscriptionsSettings,
  ingestion: IngestionSettings,
  dispatch: DispatchSettings,
  'delivery-log': DeliveryLogSettings,
  gateway: GatewaySettings,
};
const secrets: Record<string, string> = {
  TIDINGS_KEK: `k1:${'A'.repeat(43)}=`,
  TIDINGS_OPERATOR_KEY: `tdk_${'a'.repeat(12)}_${'a'.repeat(43)}`,
  DATABASE_URL: 'postgresql://tidings@postgres/tidings',
  SUBSCRIPTIONS_DATABASE_URL: 'postgresql://tidings_subscriptions@postgres/tidings',
  DELIVERY_LOG_DATABASE_URL: 'postgresql://tidings_delivery_log@postgres/tidings',
  POSTGRES_PASSWORD: 'x',
  ...Object.fromEntries(natsUsers.map(({ name }) => [passwordVariable(name), `password-of-${name}`])),
};

const read = (file: string): string => readFileSync(join(projectDir, 'deploy', file), 'utf8');

interface Container {
  name: string;
  args?: string[];
  env?: { name: string; value?: string; valueFrom?: { secretKeyRef: { name: string; key: string } } }[];
  envFrom?: { secretRef: { name: string } }[];
  ports?: { name: string; containerPort: number }[];
  readinessProbe?: { httpGet: { port: string } };
}
interface Manifest {
  kind: string;
  metadata: { name: string };
  spec: { template: { spec: { containers: Container[]; terminationGracePeriodSeconds?: number } } };
}

const { resources } = parse(read('kubernetes/base/kustomization.yaml')) as { resources: string[] };
const manifests = resources.flatMap((file) =>
  parseAllDocuments(read(`kubernetes/base/${file}`)).map((document) => document.toJS() as Manifest),
);
const deployments = new Map(
  manifests.filter(({ kind }) => kind === 'Deployment').map((manifest) => [manifest.metadata.name, manifest]),
);
const compose = parse(read('compose.yaml'), { merge: true }) as {
  services: Record<string, { command?: string[]; environment?: Record<string, string> }>;
};

function environmentOf(container: Container): Record<string, string> {
  const environment = new Map<string, string>();
  const used = new Set<string>();
  for (const { name, value, valueFrom } of container.env ?? []) {
    const given = value ?? secrets[valueFrom!.secretKeyRef.key] ?? '';
    const expanded = given.replace(/\$\((\w+)\)/g, (_all, other: string) => {
      used.add(other);
      return environment.get(other)!;
    });
    environment.set(name, expanded);
  }
  // These variables serve other services only.
  for (const name of used) environment.delete(name);
  return Object.fromEntries(environment);
}

/** As compose fills `${NAME:?what is wrong}` and `${NAME:-}`. */
function filled(environment: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      value.replace(/\$\{(\w+):[?-][^}]*\}/g, (_all, other: string) => secrets[other] ?? ''),
    ]),
  );
}

function expectUnderstood(service: string, environment: Record<string, string>): void {
  const known = Object.keys(new settings[service]!());
  expect(Object.keys(environment).filter((name) => !known.includes(name))).toEqual([]);
  // The service's own parser: throws when something it needs is missing or wrong.
  readEnvironment(settings[service]!, environment);
  expect(environment['NATS_URL']).toBe(`nats://${service}:password-of-${service}@nats:4222`);
}

describe.each([...SERVICES])('%s', (service) => {
  it('gets from Kubernetes every variable that it needs, and none that it does not know', () => {
    const [container] = deployments.get(service)!.spec.template.spec.containers;
    expect(container!.args).toEqual([`dist/services/${service}/src/main.js`]);
    const environment = environmentOf(container!);
    expectUnderstood(service, environment);
    const { HEALTH_PORT, PORT, GRPC_PORT } = environment;
    const served = [HEALTH_PORT, PORT, GRPC_PORT].filter((port) => port !== undefined).map(Number);
    expect(new Set(container!.ports!.map(({ containerPort }) => containerPort))).toEqual(new Set(served));
    expect(container!.ports!.map(({ name }) => name)).toContain(container!.readinessProbe!.httpGet.port);
  });

  it('gets from compose every variable that it needs, and none that it does not know', () => {
    const { command, environment = {} } = compose.services[service]!;
    expect(command).toEqual([`dist/services/${service}/src/main.js`]);
    expectUnderstood(service, filled(environment));
  });
});

it('lets the operator say in every deployment where the gateway is reached and where deliveries come from', () => {
  const [container] = deployments.get('gateway')!.spec.template.spec.containers;
  for (const environment of [environmentOf(container!), compose.services['gateway']!.environment!])
    expect(Object.keys(environment)).toEqual(expect.arrayContaining(['TIDINGS_PUBLIC_URL', 'TIDINGS_IP_ADDRESSES']));
});

it('lets an attempt of a minute end before a stopping dispatch is killed', () => {
  expect(deployments.get('dispatch')!.spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(62);
});

it('has manifests that Kubernetes would take, without a key that it would drop', () => {
  const models: Record<string, new (data: never) => { validate(): void; toJSON(): unknown }> = {
    Deployment,
    StatefulSet,
    Job,
    Namespace,
    Service,
  };
  for (const manifest of manifests) {
    const model = new models[manifest.kind]!(manifest as never);
    model.validate();
  }
  const known =
    /^(apiVersion|kind|metadata|spec|name|labels|namespace|replicas|selector|matchLabels|template|automountServiceAccountToken|terminationGracePeriodSeconds|securityContext|runAsNonRoot|runAsUser|fsGroup|seccompProfile|type|containers|image|args|ports|containerPort|env|value|valueFrom|secretKeyRef|envFrom|secretRef|key|readinessProbe|livenessProbe|httpGet|path|port|periodSeconds|failureThreshold|resources|requests|limits|cpu|memory|storage|allowPrivilegeEscalation|readOnlyRootFilesystem|capabilities|drop|targetPort|clusterIP|serviceName|volumeMounts|mountPath|readOnly|volumes|configMap|volumeClaimTemplates|accessModes|backoffLimit|restartPolicy|app\.kubernetes\.io\/.*|pod-security\.kubernetes\.io\/enforce)$/;
  const unknown = new Set<string>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    else if (typeof node === 'object' && node !== null) {
      for (const [key, value] of Object.entries(node)) {
        if (!known.test(key)) unknown.add(key);
        visit(value);
      }
    }
  };
  manifests.forEach(visit);
  expect([...unknown]).toEqual([]);
});

it('has one NATS configuration, with the users of the code and a password for each', () => {
  for (const folder of ['docker', 'kubernetes/base']) {
    expect(read(`${folder}/nats.conf`)).toBe(read('docker/nats.conf'));
    // Otherwise: node scripts/nats-users-conf.mjs
    expect(read(`${folder}/nats-users.conf`)).toBe(usersConf(natsUsers));
  }
  const passwords = natsUsers.map(({ name }) => passwordVariable(name));
  expect(Object.keys(compose.services['nats']!.environment!)).toEqual(passwords);
  const manifest = manifests.find(({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === 'nats')!;
  expect(manifest.spec.template.spec.containers[0]!.envFrom).toEqual([{ secretRef: { name: 'nats' } }]);
});
