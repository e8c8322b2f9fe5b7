import 'reflect-metadata';
import { main } from '#libs/service/src/run-service';
import { previewOpenApiDocument } from './document.js';

/** Prints the document, without any server: for the types of the API client. */
main(async () => {
  process.stdout.write(`${JSON.stringify(await previewOpenApiDocument(), null, 2)}\n`);
});
