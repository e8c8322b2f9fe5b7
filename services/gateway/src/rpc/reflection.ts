import type { Server } from '@grpc/grpc-js';
import { loadSync, type MessageTypeDefinition, type PackageDefinition } from '@grpc/proto-loader';
import { ReflectionService } from '@grpc/reflection';

/** Parts of google/protobuf/descriptor.proto. */
interface FileDescriptor {
  name: string;
  package: string;
  dependency: string[];
  messageType: MessageDescriptor[];
}
interface MessageDescriptor {
  name: string;
  field: FieldDescriptor[];
  nestedType: MessageDescriptor[];
  enumType: { name: string }[];
  oneofDecl: { name: string }[];
  options?: { mapEntry?: boolean };
}
interface FieldDescriptor {
  name: string;
  typeName?: string;
  oneofIndex?: number;
  proto3Optional?: boolean;
}

/**
 * Serves reflection, v1 and v1alpha. proto-loader merges the files of a package, and drops imports, names of map entries and
 * `optional`. Clients such as grpcurl and `buf curl` need them, so they are put back.
 */
export function serveReflection(server: Server, protos: PackageDefinition): void {
  const type = loadSync('google/protobuf/descriptor.proto', { arrays: true })[
    'google.protobuf.FileDescriptorProto'
  ] as MessageTypeDefinition<FileDescriptor, FileDescriptor>;
  const encoded = Object.values(protos).flatMap((entry) => ('format' in entry ? (entry.fileDescriptorProtos as Buffer[]) : []));
  const files = [...new Set(encoded)].map((file) => type.deserialize(file));
  repair(files);
  const definition = { files: { format: type.format, type: {}, fileDescriptorProtos: files.map(type.serialize) } };
  new ReflectionService(definition).addToServer(server);
}

function repair(files: FileDescriptor[]): void {
  const fileOf = new Map<string, FileDescriptor>();
  for (const file of files) for (const { name } of withNested(file.package, file.messageType)) fileOf.set(name, file);
  for (const file of files) {
    const imports = new Set<FileDescriptor>();
    for (const { name, message } of withNested(file.package, file.messageType)) {
      if (!message) continue;
      for (const field of message.field) {
        if (message.oneofDecl[field.oneofIndex ?? -1]?.name.startsWith('_')) field.proto3Optional = true;
        if (!field.typeName) continue;
        const target = resolved(field.typeName, name, fileOf);
        imports.add(fileOf.get(target)!);
        field.typeName = `.${target}`;
        nameMapEntry(field, message, name);
      }
    }
    file.dependency = [...imports].filter((one) => one !== file).map((one) => one.name);
  }
}

/** Every message and enum at any depth, by full name. An enum has no message. */
function withNested(scope: string, messages: MessageDescriptor[]): { name: string; message?: MessageDescriptor }[] {
  return messages.flatMap((message) => {
    const name = `${scope}.${message.name}`;
    const enums = message.enumType.map((one) => ({ name: `${name}.${one.name}` }));
    return [{ name, message }, ...enums, ...withNested(name, message.nestedType)];
  });
}

/** Resolves a name from the innermost scope outwards, as protobuf does. */
function resolved(name: string, scope: string, known: Map<string, unknown>): string {
  for (let outer = scope; outer !== ''; outer = outer.slice(0, Math.max(outer.lastIndexOf('.'), 0)))
    if (known.has(`${outer}.${name}`)) return `${outer}.${name}`;
  return name.replace(/^\./, '');
}

/** Names the entry of the map `response_headers` ResponseHeadersEntry, as protobuf demands. */
function nameMapEntry(field: FieldDescriptor, { nestedType: nested }: MessageDescriptor, scope: string): void {
  const entry = nested.find(({ name, options }) => options?.mapEntry && field.typeName === `.${scope}.${name}`);
  if (!entry) return;
  entry.name = `${field.name.replaceAll(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase())}Entry`;
  field.typeName = `.${scope}.${entry.name}`;
}
