import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readEnvironment } from '#libs/service/src/environment';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { Service } from 'kubernetes-models/v1/Service';
import { parse, parseAllDocuments } from 'yaml';
import { projectDir, SERVICES } from '../scripts/services.mjs';
import { DeliveryLogSettings } from '../services/delivery-log/src/settings.js';
import { DispatchSettings } from '../services/dispatch/src/settings.js';
import { GatewaySettings } from '../services/gateway/src/settings.js';
import { IngestionSettings } from '../services/ingestion/src/settings.js';
import { SubscriptionsSettings } from '../services/subscriptions/src/settings.js';

/** What the manifests say must be what the code reads, and the other way round. */

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
  POSTGRES_PASSWORD: 'x',
};

const read = (file: string): string => readFileSync(join(projectDir, 'deploy', file), 'utf8');

interface Container {
  name: string;
  args?: string[];
  env?: { name: string; value?: string; valueFrom?: { secretKeyRef: { name: string; key: string } } }[];
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
  return Object.fromEntries(
    (container.env ?? []).map(({ name, value, valueFrom }) => {
      const secret = valueFrom ? secrets[valueFrom.secretKeyRef.key] : undefined;
      return [name, value ?? secret ?? ''];
    }),
  );
}

function expectUnderstood(service: string, environment: Record<string, string>): void {
  const known = Object.keys(new settings[service]!());
  expect(Object.keys(environment).filter((name) => !known.includes(name))).toEqual([]);
  // The service's own parser: throws when something it needs is missing or wrong.
  readEnvironment(settings[service]!, environment);
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
    const filled = Object.entries(environment).map(([name, value]) => [
      name,
      value.startsWith('${') ? (secrets[name] ?? '') : value,
    ]);
    expectUnderstood(service, Object.fromEntries(filled) as Record<string, string>);
  });
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
    /^(apiVersion|kind|metadata|spec|name|labels|namespace|replicas|selector|matchLabels|template|automountServiceAccountToken|terminationGracePeriodSeconds|securityContext|runAsNonRoot|runAsUser|fsGroup|seccompProfile|type|containers|image|args|ports|containerPort|env|value|valueFrom|secretKeyRef|key|readinessProbe|livenessProbe|httpGet|path|port|periodSeconds|failureThreshold|resources|requests|limits|cpu|memory|storage|allowPrivilegeEscalation|readOnlyRootFilesystem|capabilities|drop|targetPort|clusterIP|serviceName|volumeMounts|mountPath|readOnly|volumes|configMap|volumeClaimTemplates|accessModes|backoffLimit|restartPolicy|app\.kubernetes\.io\/.*|pod-security\.kubernetes\.io\/enforce)$/;
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

it('has one NATS configuration', () => {
  expect(read('kubernetes/base/nats.conf')).toBe(read('docker/nats.conf'));
});
