/** How sections of a spec are written: keys by name, unknown ones refused, and short forms for what is nearly always said. */
import { z } from 'zod';

/** A mapping with these keys and no others. */
export function section<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const keys = Object.keys(shape);
  return z.strictObject(shape, { error: () => `a mapping with ${keys.join(', ')}` }).meta({ additionalProperties: false });
}

/** A section that may also be written as a single value (or a list, where `short` is of that type), which `toLong` turns into the long form. */
export function orShort<Schema extends z.ZodType>(short: Record<string, unknown>, toLong: (value: unknown) => unknown, long: Schema) {
  const takesLists = [short.type].flat().includes('array');
  const isShort = (value: unknown) =>
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || (takesLists && Array.isArray(value));
  // JSON Schema for editors: src/spec/json-schema.ts turns x-short into the alternative that it is.
  return z.preprocess((value) => (isShort(value) ? toLong(value) : value), long).meta({ 'x-short': short });
}

export function listOf<Item extends z.ZodType>(what: string, item: Item) {
  return z.array(item, { error: () => `a list of ${what}` });
}
