import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSync, type PackageDefinition, type ServiceDefinition } from '@grpc/proto-loader';
import { protoPath as healthProto } from 'grpc-health-check';

export const PACKAGE = 'tidings.v1';

/** Found by a name in package.json, from the build and from the sources alike. */
export const PROTO_DIR = fileURLToPath(new URL('../..', import.meta.resolve('#proto/google/rpc/status.proto')));

const JSON_SUFFIX = '_json';

/** The fields of a message, by name. */
export interface MessageShape {
  name: string;
  fields: Map<string, FieldShape>;
}

export interface FieldShape {
  name: string;
  kind: 'one' | 'list' | 'map';
  /** Null for a scalar, and for a map. */
  message: MessageShape | null;
  /** For `filter_json`, JSON as text, `filter`: the name that HTTP has for the value. Null for any other field. */
  jsonOf: string | null;
}

/** An RPC of our package. */
export interface Rpc {
  /** `CreateWebhook`. */
  name: string;
  service: string;
  request: MessageShape;
  response: MessageShape;
}

/** The parts of proto-loader's descriptors that are read here. */
interface Descriptor {
  name: string;
  field: { name: string; label: string; type: string; typeName: string }[];
  nestedType: { name: string; options?: { mapEntry?: boolean } | null }[];
}

/** Loads our package, and with it what reflection shows beside it: health and the details of errors. */
export function loadProtos(): PackageDefinition {
  const dir = join(PROTO_DIR, ...PACKAGE.split('.'));
  const files = readdirSync(dir).map((file) => join(dir, file));
  return loadSync([...files, join(PROTO_DIR, 'google/rpc/error_details.proto'), healthProto], {
    // Field names as in the HTTP API. A field that was not sent is undefined, so that the same checks apply.
    keepCase: true,
    longs: Number,
    defaults: false,
    arrays: false,
    includeDirs: [PROTO_DIR],
  });
}

/** The services of our package, by full name: `tidings.v1.Webhooks`. */
export function servicesIn(protos: PackageDefinition): Map<string, ServiceDefinition> {
  const services = Object.entries(protos).filter(([name, entry]) => name.startsWith(`${PACKAGE}.`) && !('format' in entry));
  return new Map(services as [string, ServiceDefinition][]);
}

/** Every RPC of our package. */
export function rpcsIn(protos: PackageDefinition): Rpc[] {
  const shapeOf = shapesIn(protos);
  return [...servicesIn(protos)].flatMap(([service, methods]) =>
    Object.entries(methods).map(([name, { requestType, responseType }]) => {
      return {
        name,
        service,
        request: shapeOf(requestType.type as Descriptor),
        response: shapeOf(responseType.type as Descriptor),
      };
    }),
  );
}

/** Returns a function that reads a descriptor, each message once. */
function shapesIn(protos: PackageDefinition): (descriptor: Descriptor) => MessageShape {
  const known = new Map<Descriptor, MessageShape>();
  // A type of our own package is named without it.
  const find = (typeName: string): Descriptor => (protos[`${PACKAGE}.${typeName}`] ?? protos[typeName])!.type as Descriptor;
  return function shapeOf(descriptor): MessageShape {
    const shape = known.get(descriptor) ?? { name: descriptor.name, fields: new Map<string, FieldShape>() };
    if (known.has(descriptor)) return shape;
    known.set(descriptor, shape);
    for (const { name, label, type, typeName } of descriptor.field) {
      const isMap = descriptor.nestedType.some((nested) => nested.name === typeName && nested.options?.mapEntry);
      shape.fields.set(name, {
        name,
        kind: isMap ? 'map' : label === 'LABEL_REPEATED' ? 'list' : 'one',
        message: type === 'TYPE_MESSAGE' && !isMap ? shapeOf(find(typeName)) : null,
        jsonOf: name.endsWith(JSON_SUFFIX) ? name.slice(0, -JSON_SUFFIX.length) : null,
      });
    }
    return shape;
  };
}
