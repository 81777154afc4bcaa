import type { OpenAPIObject } from '@nestjs/swagger';
import { API_PREFIX } from './api-prefix.js';

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Of your choice, at most 255 characters, as in `"8e03978e-40d5-43dd-bc93-6894a57f9324"`. The same call with the same key gets the first answer again, for a day.',
  schema: { type: 'string', minLength: 1, maxLength: 600 },
};

interface Operation {
  parameters?: object[];
}

/** Writes into the contract what the edge does for every route of its kind, so that no controller has to say it. */
export function describeEdge(document: OpenAPIObject): void {
  for (const [path, item] of Object.entries(document.paths)) {
    const post = (item as { post?: Operation }).post;
    if (post && path.startsWith(`/${API_PREFIX}/`) && !path.startsWith(`/${API_PREFIX}/auth/`)) {
      post.parameters = [...(post.parameters ?? []), IDEMPOTENCY_KEY];
    }
  }
}
