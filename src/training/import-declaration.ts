/**
 * What a team must say about an ONNX file that was made elsewhere: what the columns of its input are, in order, and where in its
 * output the score is. From it come the encoder and the graph that everything here reads.
 */
import { z } from 'zod';
import type { Digest } from '../domain/ids.ts';
import { nearestName } from '../domain/nearest-name.ts';
import type { Spec } from '../domain/spec.ts';
import { Failure } from '../failures.ts';
import type { Encoder, EncoderInput } from '../features/encoder.ts';
import { rawInputs } from '../features/raw-inputs.ts';
import type { GoldenRow, Manifest } from './manifest.ts';
import type { GraphAdoption } from './onnx/adopt-graph.ts';

/** Kept in the artifact store; its digest is what a retraining and a trainer are told. */
export interface ImportDeclaration {
  readonly format: 'understudy.import.v1';
  /** The ONNX file as it was handed over. */
  readonly file: Digest;
  readonly fileName: string;
  readonly graph: GraphAdoption;
  readonly encoder: Encoder;
  /** Rows with the scores that its own trainer gave them; empty where nobody kept any. */
  readonly golden: readonly GoldenRow[];
}

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const place = z.union([
  z.string(),
  z.strictObject({
    feature: z.string(),
    missing: z.number().optional(),
    mean: z.number().optional(),
    sd: z.number().positive().optional(),
    is: scalar.optional(),
    codes: z.array(scalar).min(1).optional(),
    isMissing: z.literal(true).optional(),
  }),
]);

const writtenSchema = z.strictObject({
  inputs: z.array(place).min(1),
  output: z.string().nullish(),
  column: z.number().int().min(0).nullish(),
  transform: z.enum(['none', 'sigmoid']).nullish(),
  missing: z.array(scalar).nullish(),
});

type Place = Exclude<z.infer<typeof place>, string>;
type EncodedColumn = Encoder['columns'][number];
export type DeclaredModel = Pick<ImportDeclaration, 'graph' | 'encoder' | 'golden'>;

/** Reads a declaration as people write it (`--inputs FILE`), against the features and inputs of the spec. */
export function declaredModel(written: unknown, { spec, file }: { spec: Spec; file: string }): DeclaredModel {
  const parsed = writtenSchema.safeParse(written);
  if (!parsed.success) {
    const sentences = parsed.error.issues.map(
      ({ path, message }) => `${file}: ${path.map(String).join('.') || 'the declaration'}: ${message}`,
    );
    throw invalid(
      `${sentences.join('\n')}\nexpected inputs (what the columns of the file are, in order), output, column, transform, missing`,
    );
  }
  const { inputs, output = null, column = null, transform, missing } = parsed.data;
  const encoder = encoderOf(
    inputs.map((each) => (typeof each === 'string' ? { feature: each } : each)),
    { spec, file, missing: missing ?? [] },
  );
  return { encoder, graph: { width: encoder.width, output, column, transform: transform ?? 'none' }, golden: [] };
}

/** A manifest that a foreign training wrote already says all of it, and its golden rows prove the trainer's own arithmetic. */
export function modelOfManifest({ encoder, onnx, golden }: Pick<Manifest, 'encoder' | 'onnx' | 'golden'>): DeclaredModel {
  return { encoder, graph: { width: onnx.width, output: onnx.output, column: null, transform: 'none' }, golden };
}

function encoderOf(places: readonly Place[], { spec, file, missing }: { spec: Spec; file: string; missing: readonly string[] }): Encoder {
  const inputs: EncoderInput[] = [];
  const columns = places.map((each, at): EncodedColumn => {
    const known = namedInput(each.feature, { spec, file, at });
    let input = inputs.findIndex(({ name }) => name === known.name);
    if (input < 0) input = inputs.push(known) - 1;
    return placeOf(each, { input, known, where: `${file}: column ${at} (${each.feature})` });
  });
  insistOnOnePlaceEach(columns, inputs, file);
  const missingTexts = [...new Set([...spec.source.missing, ...missing])];
  return { format: 'understudy.encoder.v1', inputs, derived: [], columns, width: columns.length, missingTexts };
}

function namedInput(feature: string, { spec, file, at }: { spec: Spec; file: string; at: number }): EncoderInput {
  const known = rawInputs(spec);
  const found = known.find(({ name }) => name === feature);
  if (found && found.type !== 'time') return found;
  const names = known.filter(({ type }) => type !== 'time').map(({ name }) => name);
  const nearest = nearestName(feature, names);
  const hint = nearest ? `; did you mean "${nearest}"?` : '';
  throw invalid(
    `${file}: column ${at}: expected a feature or input of ${spec.model} that is a column of its source, found "${feature}"${hint}`,
  );
}

function placeOf(
  { missing, mean, sd, is, codes, isMissing }: Place,
  given: { input: number; known: EncoderInput; where: string },
): EncodedColumn {
  const { input, known, where } = given;
  if (isMissing) return { kind: 'missing', input };
  if (known.type === 'category') {
    if (codes) return { kind: 'code', input, values: codes };
    if (is !== undefined) return { kind: 'is', input, value: is };
    throw invalid(`${where}: a category must say its numbers: is: TEXT (1 for this category, else 0) or codes: [TEXT, ...] (their index)`);
  }
  if (is !== undefined || codes) throw invalid(`${where}: is and codes are for categories, and this is a ${known.type}`);
  if (known.type === 'number' && (mean !== undefined || sd !== undefined)) {
    return { kind: 'standardised', input, of: 'value', mean: mean ?? 0, sd: sd ?? 1 };
  }
  if (missing === undefined) return { kind: 'raw', input };
  return known.type === 'number' ? { kind: 'plain', input, mean: missing } : { kind: 'boolean', input, mean: missing };
}

/** The encoder writes a value into one place of a kind; only single categories may have many. */
function insistOnOnePlaceEach(columns: readonly EncodedColumn[], inputs: readonly EncoderInput[], file: string): void {
  const slotOf = (column: EncodedColumn) =>
    `${column.input} ${column.kind === 'is' ? `is ${column.value}` : column.kind === 'missing' ? 'missing' : 'value'}`;
  const slots = columns.map(slotOf);
  const twice = columns.find((column, at) => slots.indexOf(slotOf(column)) !== at);
  if (twice) throw invalid(`${file}: "${inputs[twice.input]!.name}" stands twice in the same form: expected each once`);
}

function invalid(sentence: string): Failure {
  return new Failure('SpecInvalid', sentence);
}
