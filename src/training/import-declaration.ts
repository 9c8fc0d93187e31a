/**
 * What a team must say about an ONNX file that was made elsewhere: what the columns of its input are, in order, and where in its
 * output the score is. From it come the encoder and the graph that everything here reads.
 */
import { z } from 'zod';
import type { Digest } from '../domain/ids.ts';
import { nearestName } from '../domain/nearest-name.ts';
import type { Spec } from '../domain/spec.ts';
import { Failure } from '../failures.ts';
import type { Encoder } from '../features/encoder.ts';
import type { EncoderInput } from '../features/raw-inputs.ts';
import { rawInputs } from '../features/raw-inputs.ts';
import type { GoldenRow, Manifest } from './manifest.ts';
import { manifestProblems } from './manifest-schema.ts';
import type { GraphAdoption } from './onnx/adopt-graph.ts';
import type { GraphInput } from './onnx/graph-inputs.ts';

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

interface DeclaredAgainst {
  readonly spec: Spec;
  /** Where the declaration is written, for what is said about it. */
  readonly file: string;
  /** What the ONNX file says that it takes. */
  readonly takes: readonly GraphInput[];
}

/** Reads a declaration as people write it (`--inputs FILE`), against the features and inputs of the spec. */
export function declaredModel(written: unknown, { spec, file, takes }: DeclaredAgainst): DeclaredModel {
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
  const places = inputs.map((each) => (typeof each === 'string' ? { feature: each } : each));
  const columns = graphColumns(takes, places.length);
  insistOnOrder(places, columns, file);
  const encoder = encoderOf(places, { spec, file, columns, missing: missing ?? [] });
  const texts = encoder.columns.map((column, at) => (columns[at]?.texts && column.kind === 'code' ? column.values : null));
  const hasTexts = texts.some((table) => table !== null);
  const graph = { width: encoder.width, output, column, transform: transform ?? 'none', ...(hasTexts && { texts }) };
  return { encoder, graph, golden: [] };
}

/** What is declared when nobody declares anything: the inputs of the file, where it has one for each column, else the features of the spec. */
export function usualInputs({ features }: Spec, takes: readonly GraphInput[]): string[] {
  const isNamed = takes.length > 1 && takes.every(({ columns }) => columns === 1 || columns === null);
  return (isNamed ? takes : features).map(({ name }) => name);
}

type GraphColumn = Pick<GraphInput, 'name' | 'texts'>;

function graphColumns(takes: readonly GraphInput[], width: number): GraphColumn[] {
  return takes.flatMap((input) => Array.from({ length: input.columns ?? (takes.length === 1 ? width : 1) }, () => input));
}

/** Columns that the file has names for are easily declared in another order, and every score would be wrong. */
function insistOnOrder(places: readonly Place[], columns: readonly GraphColumn[], file: string): void {
  const names = new Set(columns.map(({ name }) => name));
  const wrong = places.findIndex(({ feature }, at) => names.has(feature) && columns[at] !== undefined && columns[at].name !== feature);
  if (wrong < 0) return;
  const order = columns.map(({ name }) => name).join(', ');
  throw invalid(`${file}: column ${wrong}: found "${places[wrong]!.feature}", which the ONNX file takes in this order: ${order}`);
}

/** A manifest that a foreign training wrote already says all of it, and its golden rows prove the trainer's own arithmetic. */
export function modelOfManifest(written: unknown, { spec, file }: Pick<DeclaredAgainst, 'spec' | 'file'>): DeclaredModel {
  const problems = manifestProblems(written);
  if (problems.length > 0)
    throw invalid(`${file} is no manifest: ${problems.join('; ')} (src/training/trainer.schema.json says what is expected)`);
  const { encoder, onnx, golden, task } = written as Manifest;
  if (task !== spec.task) throw invalid(`${file} is for ${task}: expected ${spec.task}, the task of ${spec.model}`);
  const known = rawInputs(spec);
  const strange = encoder.inputs.filter(({ name, type }) => !known.some((each) => each.name === name && each.type === type));
  if (strange.length > 0) {
    const list = (inputs: readonly EncoderInput[]) => inputs.map(({ name, type }) => `"${name}" (${type})`).join(', ');
    throw invalid(`${file} takes ${list(strange)}: expected inputs that ${spec.model} has: ${list(known)}`);
  }
  return { encoder, graph: { width: onnx.width, output: onnx.output, column: null, transform: 'none' }, golden };
}

function encoderOf(
  places: readonly Place[],
  {
    spec,
    file,
    columns: takes,
    missing,
  }: Pick<DeclaredAgainst, 'spec' | 'file'> & { columns: readonly GraphColumn[]; missing: readonly string[] },
): Encoder {
  const inputs: EncoderInput[] = [];
  const columns = places.map((each, at): EncodedColumn => {
    const known = namedInput(each.feature, { spec, file, at });
    let input = inputs.findIndex(({ name }) => name === known.name);
    if (input < 0) input = inputs.push(known) - 1;
    const where = `${file}: column ${at} (${each.feature})`;
    const texts = takes[at]?.texts ?? null;
    return texts === null ? placeOf(each, { input, known, where }) : textPlaceOf(each, { input, known, where, texts });
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

/** A column of texts: the codes are those of the file's own categories, unless others are declared. */
function textPlaceOf(
  { is, codes, feature: _, ...numbers }: Place,
  { input, known, where, texts }: { input: number; known: EncoderInput; where: string; texts: readonly string[] },
): EncodedColumn {
  if (known.type !== 'category') throw invalid(`${where}: the ONNX file takes a text here: expected a category, found a ${known.type}`);
  if (is !== undefined || Object.values(numbers).some((value) => value !== undefined))
    throw invalid(`${where}: the ONNX file takes the text itself here: expected nothing but codes: [TEXT, ...], which texts there are`);
  const values = codes ?? texts;
  if (values.length === 0) throw invalid(`${where}: the ONNX file does not say which texts it knows: say so by codes: [TEXT, ...]`);
  return { kind: 'code', input, values };
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
