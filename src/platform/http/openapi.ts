import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { sessionCookieName } from '../auth/session-cookie.js';
import { addExamples } from './contract/examples.js';
import { handlerKey, readHandlers } from './contract/handlers.js';
import { completeOperation } from './contract/operations.js';
import { describeHeaders } from './contract/response-headers.js';
import { completeSchemas } from './contract/schemas.js';
import { type Contract, routesIn } from './contract/shapes.js';
import { TAGS } from './contract/tags.js';
import { describeWebhooks } from './contract/webhooks.js';
import { Problem } from './problems/problem.dto.js';

/**
 * The contract as OpenAPI 3.1, drawn from the controllers: the swagger module reads their shapes; what guards, pipes, interceptors and
 * filters add to every route is added here. Complete only from a build: the swagger plugin runs there.
 */
export function buildOpenApiDocument(app: INestApplication): OpenAPIObject {
  const document = SwaggerModule.createDocument(app, frame(), { extraModels: [Problem], operationIdFactory: handlerKey });
  const contract = document as unknown as Contract; // the same object: its types lack what OpenAPI 3.1 took over from JSON Schema
  const factsOf = readHandlers(app);
  completeSchemas(contract);
  for (const route of routesIn(contract)) completeOperation(contract, route, factsOf(route.operation.operationId));
  describeHeaders(contract);
  describeWebhooks(contract);
  addExamples(contract);
  const used = new Set(routesIn(contract).flatMap(({ operation }) => operation.tags ?? []));
  contract.tags = [...used].map((name) => ({ name, ...(TAGS[name] !== undefined && { description: TAGS[name] }) }));
  return document;
}

function frame(): Omit<OpenAPIObject, 'paths'> {
  return new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Linkwright')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('MIT', 'https://spdx.org/licenses/MIT.html')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key: `lw_…`' }, 'bearer')
    .addCookieAuth(
      sessionCookieName('http:'),
      { type: 'apiKey', in: 'cookie', description: 'The session of the web UI; over https its name begins with `__Host-`.' },
      'session',
    )
    .build();
}

const DESCRIPTION = `The outreach campaign CRM for link building.

Everything of another workspace answers 404. Errors are \`application/problem+json\` (RFC 9457): switch on \`code\`, which never changes; \`GET /problems/{code}\` tells what one means.
Lists are read page by page: \`nextCursor\` goes into \`?after=\`. Changes say in \`If-Match\` which version they were made for, and a POST may be repeated without harm under one \`Idempotency-Key\`.`;

/** Serves the contract at /openapi.json, and as pages at /docs, whose scripts come from this server. Call it before init. */
export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => buildOpenApiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Linkwright API',
  });
}
