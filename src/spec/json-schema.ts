/** The JSON Schema of a spec, for editors. The checked-in copy, understudy.schema.json, is held equal to this by a test. */
import { z } from 'zod';
import { specSchema } from './schema.ts';

export interface JsonSchema {
  readonly [key: string]: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | false;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

export function specJsonSchema(): JsonSchema {
  const schema = z.toJSONSchema(specSchema, { io: 'input', unrepresentable: 'any' });
  return { ...(withShortForms(schema) as JsonSchema), title: 'A model of Understudy' };
}

/** The keys that a mapping at this path may have; empty where it has no fixed ones. */
export function keysAt(path: readonly (string | number)[]): string[] {
  let here: JsonSchema | undefined = specJsonSchema();
  for (const key of path) {
    const long = longForm(here);
    here = long?.properties?.[key] ?? long?.items ?? (long?.additionalProperties || undefined);
  }
  return Object.keys(longForm(here)?.properties ?? {});
}

function longForm(schema: JsonSchema | undefined): JsonSchema | undefined {
  if (!schema || schema.properties || schema.items || schema.additionalProperties) return schema;
  return schema.anyOf?.map(longForm).find((each) => each?.properties ?? each?.items);
}

function withShortForms(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withShortForms);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, withShortForms(item)] as const);
  const { 'x-short': short, ...long } = Object.fromEntries(entries);
  return short === undefined ? long : { anyOf: [short, long] };
}
