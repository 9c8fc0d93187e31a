/** Texts as numbers, in SQL: the one place that says which texts are any. */
import type { SourceSpec } from '../domain/spec.ts';
import { literal } from './duck.ts';

/** What a 32-bit float can hold; the model's inputs are such. */
const LARGEST = '3.4028234e38';

export type Decimal = '.' | ',';

/** Only a CSV file has numbers in a notation of its own. */
export function decimalOf({ format, decimal }: SourceSpec): Decimal {
  return (format === 'csv' && decimal) || '.';
}

/** Behind the words "a number". */
export function notation(decimal: Decimal): string {
  return decimal === '.' ? 'with a decimal point' : 'with a decimal comma, and nothing between thousands';
}

/** Null for any other text. A group of thousands is none: nobody can tell 1.234 from 1,234. */
export function numberIn(text: string, decimal: Decimal): string {
  const pattern = literal(`^[+-]?([0-9]+[${decimal}]?[0-9]*|[${decimal}][0-9]+)([eE][+-]?[0-9]+)?$`);
  const number = `try_cast(${decimal === '.' ? text : `replace(${text}, ',', '.')`} as double)`;
  return `case when regexp_full_match(${text}, ${pattern}) and abs(${number}) <= ${LARGEST} then ${number} end`;
}
