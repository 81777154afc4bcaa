/** The parts of an OpenAPI document that are completed here. The types of @nestjs/swagger leave out what JSON Schema 2020-12 has. */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  pattern?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  examples?: unknown[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  allOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  additionalProperties?: boolean | JsonSchema;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
}

export interface MediaType {
  schema?: JsonSchema;
  example?: unknown;
  examples?: Record<string, { value: unknown }>;
}

export interface ApiHeader {
  $ref?: string;
  description?: string;
  /** It always comes. */
  required?: boolean;
  schema?: JsonSchema;
}

export interface ApiResponse {
  $ref?: string;
  description?: string;
  headers?: Record<string, ApiHeader>;
  content?: Record<string, MediaType>;
}

export interface Parameter {
  $ref?: string;
  name?: string;
  in?: string;
  required?: boolean;
  description?: string;
  schema?: JsonSchema;
}

export interface Operation {
  operationId: string;
  summary?: string;
  description?: string;
  tags?: string[];
  parameters?: Parameter[];
  requestBody?: { required?: boolean; content: Record<string, MediaType> };
  responses: Record<string, ApiResponse>;
  security?: Record<string, string[]>[];
  'x-permission'?: string;
}

export const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
export type Method = (typeof METHODS)[number];

export interface Contract {
  tags?: { name: string; description?: string }[];
  paths: Record<string, Partial<Record<Method, Operation>>>;
  /** What we send to receivers, by the name of the event. */
  webhooks?: Record<string, { post: Operation }>;
  components: {
    schemas: Record<string, JsonSchema>;
    responses?: Record<string, ApiResponse>;
    parameters?: Record<string, Parameter>;
    headers?: Record<string, ApiHeader>;
  };
}

/** One route of the contract. */
export interface Route {
  readonly path: string;
  readonly method: Method;
  readonly operation: Operation;
}

export function routesIn(contract: Pick<Contract, 'paths'>): Route[] {
  return Object.entries(contract.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation ? [{ path, method, operation }] : [];
    }),
  );
}

/** The schema that a reference stands for; any other schema itself. */
export function resolve({ components }: Pick<Contract, 'components'>, schema: JsonSchema): JsonSchema {
  const name = schema.$ref?.split('/').at(-1);
  return (name === undefined ? undefined : components.schemas[name]) ?? schema;
}

/** The schemas directly inside one, each with the name of the property that it describes. */
export function innerSchemas(schema: JsonSchema, name = ''): [name: string, inner: JsonSchema][] {
  return [
    ...Object.entries(schema.properties ?? {}),
    ...[...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.items ? [schema.items] : [])].map(
      (inner): [string, JsonSchema] => [name, inner],
    ),
  ];
}
