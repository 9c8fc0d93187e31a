/**
 * Whether a request's instance is a row that the model knows how to read. Nothing is coerced: a value that is absent, unknown,
 * mistyped or not finite is a problem that names its field, because a silently repaired value is a wrong prediction nobody sees.
 */
import { nearestName } from '../domain/nearest-name.ts';
import type { FeatureRow } from './columns.ts';
import type { Encoder } from './encoder.ts';
import type { EncoderInput } from './raw-inputs.ts';
import { timeExpected, timeOf } from './times.ts';

export interface InstanceProblem {
  readonly field: string;
  readonly expected: string;
  readonly found: string;
}

export type CheckedInstance =
  | { readonly ok: true; readonly row: FeatureRow }
  | { readonly ok: false; readonly problems: readonly InstanceProblem[] };

/** In UTF-16 units. Longer texts are no categories; they would only fill logs and memory. */
export const LONGEST_TEXT = 500;
/** U+0000 and lone surrogates, which Postgres refuses in JSON and which would take a whole batch with them. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

export function checkInstance(encoder: Encoder, instance: unknown): CheckedInstance {
  if (typeof instance !== 'object' || instance === null || Array.isArray(instance)) {
    return { ok: false, problems: [{ field: '', expected: 'an object of features by name', found: described(instance) }] };
  }
  const row = instance as Readonly<Record<string, unknown>>;
  const problems: InstanceProblem[] = [];
  let known = 0;
  for (const input of encoder.inputs) {
    if (!Object.hasOwn(row, input.name)) {
      if (input.online) continue;
      problems.push({ field: input.name, expected: expectedOf(input), found: 'nothing (the field is absent)' });
      continue;
    }
    known += 1;
    const problem = problemWith(encoder, input, row[input.name]);
    if (problem) problems.push(problem);
  }
  if (Object.keys(row).length > known) problems.push(...unknownFields(encoder, row));
  return problems.length === 0 ? { ok: true, row: row as FeatureRow } : { ok: false, problems };
}

function problemWith(encoder: Encoder, input: EncoderInput, value: unknown): InstanceProblem | null {
  if (value === null) return input.nullable ? null : { field: input.name, expected: expectedOf(input), found: 'null' };
  switch (input.type) {
    case 'number':
      return typeof value === 'number' && Number.isFinite(Math.fround(value)) ? null : mistyped(input, value);
    case 'boolean':
      return typeof value === 'boolean' ? null : mistyped(input, value);
    case 'category':
      return typeof value === 'string' ? textProblem(encoder, input, value) : mistyped(input, value);
    case 'time':
      return Number.isNaN(timeOf(value)) ? mistyped(input, value) : null;
  }
}

function textProblem(encoder: Encoder, input: EncoderInput, value: string): InstanceProblem | null {
  if (value.length > LONGEST_TEXT) {
    return { field: input.name, expected: `a text of at most ${LONGEST_TEXT} characters`, found: `one of ${value.length}` };
  }
  if (UNSTORABLE.test(value)) {
    return { field: input.name, expected: 'well-formed text', found: 'a text with U+0000 or half of a surrogate pair' };
  }
  const text = value.trim();
  const isMissing = text === '' || encoder.missingTexts.includes(text);
  return isMissing && !input.nullable ? mistyped(input, value) : null;
}

function unknownFields(encoder: Encoder, row: Readonly<Record<string, unknown>>): InstanceProblem[] {
  const names = encoder.inputs.map((input) => input.name);
  return Object.keys(row)
    .filter((field) => !names.includes(field))
    .map((field) => {
      const nearest = nearestName(field, names);
      return {
        field: storable(field),
        expected: 'a feature of the model',
        found: `an unknown name${nearest ? `; did you mean "${nearest}"?` : ''}`,
      };
    });
}

function mistyped(input: EncoderInput, value: unknown): InstanceProblem {
  return { field: input.name, expected: expectedOf(input), found: described(value) };
}

function expectedOf(input: EncoderInput): string {
  const kind = { number: 'a finite number', boolean: 'true or false', category: 'a text', time: timeExpected }[input.type];
  return input.nullable ? `${kind} or null` : kind;
}

function described(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return `the text ${JSON.stringify(storable(value))}`;
  return `the ${typeof value} ${String(value)}`;
}

function storable(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return short.replace(/[\0\p{Surrogate}]/gu, '\ufffd');
}
