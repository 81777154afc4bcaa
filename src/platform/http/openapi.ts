import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, getSchemaPath, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { describeEdge } from './openapi-edge.js';
import { Problem } from './problem.dto.js';
import { PROBLEM_TYPE } from './problem.js';

/** The contract as OpenAPI 3.1, drawn from the controllers. Complete only from a build: the swagger plugin runs there. */
export function buildOpenApiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Linkwright')
    .setDescription('The outreach campaign CRM for link building.')
    .setVersion('1')
    .setLicense('MIT', 'https://spdx.org/licenses/MIT.html')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key: `lw_…`' })
    .build();
  const document = SwaggerModule.createDocument(app, config, { extraModels: [Problem] });
  for (const operation of operationsOf(document)) {
    operation.responses['default'] = {
      description: 'A problem (RFC 9457).',
      content: { [PROBLEM_TYPE]: { schema: { $ref: getSchemaPath(Problem) } } },
    };
  }
  describeEdge(document);
  sortEnums(document);
  return document;
}

/** The plugin lists the values of a union type in the compiler's order, which changes with unrelated imports. */
function sortEnums(part: unknown): void {
  if (typeof part !== 'object' || part === null) return;
  if ('enum' in part && Array.isArray(part.enum)) part.enum = part.enum.toSorted((a, b) => String(a).localeCompare(String(b), 'en'));
  for (const value of Object.values(part)) sortEnums(value);
}

/** Serves the contract at /openapi.json, and as pages at /docs, whose scripts come from this server. Call it before init. */
export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => buildOpenApiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Linkwright API',
  });
}

interface Operation {
  responses: Record<string, unknown>;
}

function operationsOf(document: OpenAPIObject): Operation[] {
  return Object.values(document.paths)
    .flatMap((path) => Object.values(path as Record<string, unknown>))
    .filter((part): part is Operation => typeof part === 'object' && part !== null && 'responses' in part);
}
