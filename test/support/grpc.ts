import { join } from 'node:path';
import { credentials, loadPackageDefinition, Metadata, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { projectDir } from '../../scripts/services.mjs';

interface Client {
  close(): void;
  [method: string]: unknown;
}

/** Calls a unary method as a program would, from the proto file alone. Rejects with the ServiceError. */
export async function grpcCall<T>(address: string, service: string, method: string, request: object, key: string): Promise<T> {
  const definition = loadSync(join(projectDir, 'libs/api/proto/tidings/v1/tidings.proto'), { keepCase: true, longs: Number });
  const { tidings } = loadPackageDefinition(definition) as unknown as {
    tidings: { v1: Record<string, new (address: string, credentials: unknown) => Client> };
  };
  const client = new tidings.v1[service]!(address, credentials.createInsecure());
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${key}`);
  try {
    return await new Promise<T>((resolve, reject) => {
      const call = client[method] as (
        request: object,
        metadata: Metadata,
        options: { deadline: number },
        callback: (error: ServiceError | null, answer: T) => void,
      ) => void;
      call.call(client, request, metadata, { deadline: Date.now() + 10_000 }, (error, answer) =>
        error ? reject(error) : resolve(answer),
      );
    });
  } finally {
    client.close();
  }
}
