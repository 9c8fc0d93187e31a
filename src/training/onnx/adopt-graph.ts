/**
 * Brings the graph of a foreign ONNX file into the form that everything here reads: one input float[n, width], one output float[n, 1].
 * What teams have answers a label beside probabilities, often behind a ZipMap, takes 64-bit numbers, or one input for each column; that
 * becomes plain operators around the untouched model, and what no longer leads to the score is left out.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { decodedModel, type GraphInput, inputsOf, refused, shapeOf } from './graph-inputs.ts';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType,
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  type TensorProto,
  TensorProto_DataType,
  TensorProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from './onnx-ml_pb.ts';
import { prepareForTexts, textNodes } from './text-inputs.ts';

export interface GraphAdoption {
  /** Numbers of a row, as the declaration says them; inputs of the file take them in the order of the graph. */
  readonly width: number;
  /** Which of the file's outputs; null when there is no choice. */
  readonly output: string | null;
  /** Which column of it; null: the only one, or the second of two (the probability of the positive class). */
  readonly column: number | null;
  /** `sigmoid`: the file answers logits. */
  readonly transform: 'none' | 'sigmoid';
  /** By column: the texts that its codes stand for, where the file takes texts. Absent: it takes none. */
  readonly texts?: readonly (readonly string[] | null)[];
}

export interface AdoptedGraph {
  readonly bytes: Uint8Array;
  readonly onnx: { readonly input: string; readonly output: string; readonly width: number };
}

/** The first in which initializers need not be inputs. */
const OLDEST_IR = 4n;
/** Reshape by a tensor, Cast by number, Gather: all are there from this on. */
const OLDEST_OPSET = 7n;
const { FLOAT, DOUBLE, INT32, INT64, BOOL, STRING } = TensorProto_DataType;
const numbers: readonly number[] = [FLOAT, DOUBLE, INT32, INT64, BOOL];

export function adoptGraph(file: Uint8Array, adoption: GraphAdoption): AdoptedGraph {
  const model = readable(file);
  const { graph } = model;
  const names = namesIn(graph);
  const onnx = { input: fresh('features', names), output: fresh('score', names), width: adoption.width };
  const inputs = inputsOf(graph);
  const tables = tablesOf(inputs, adoption);
  const entry = entryOf(inputs, { onnx, names, tables });
  if (tables.size > 0) prepareForTexts(model);
  const answer = answerOf(graph, adoption);
  const exit = exitOf(answer, { onnx, transform: adoption.transform, names });
  graph.node = [...entry.nodes, ...leadingTo(graph, answer.tensor), ...exit.nodes];
  const read = new Set(graph.node.flatMap((node) => node.input));
  graph.initializer = [...graph.initializer, ...entry.tensors, ...exit.tensors].filter(({ name }) => read.has(name));
  graph.input = [matrix(onnx.input, adoption.width)];
  graph.output = [matrix(onnx.output, 1)];
  graph.valueInfo = [];
  if (model.irVersion < OLDEST_IR) model.irVersion = OLDEST_IR;
  return { bytes: toBinary(ModelProtoSchema, model), onnx };
}

function readable(file: Uint8Array): ModelProto & { graph: GraphProto } {
  const model = decodedModel(file);
  const plain = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  if (!plain) model.opsetImport.push({ ...model.opsetImport[0]!, domain: '', version: 13n });
  else if (plain.version < OLDEST_OPSET) throw refused(`it is written for opset ${plain.version}: expected ${OLDEST_OPSET} or newer`);
  return model;
}

const widthsOf = (inputs: readonly GraphInput[], width: number) =>
  inputs.map(({ columns }) => columns ?? (inputs.length === 1 ? width : 1));

/** By the place of a column: the texts behind its codes, of inputs that take texts. */
function tablesOf(inputs: readonly GraphInput[], { width, texts }: GraphAdoption): ReadonlyMap<number, readonly string[]> {
  const tables = new Map<number, readonly string[]>();
  let next = 0;
  for (const [at, columns] of widthsOf(inputs, width).entries()) {
    const { name, type } = inputs[at]!;
    for (let column = next; column < next + columns && type === STRING; column++) {
      const table = texts?.[column] ?? null;
      if (table === null)
        throw refused(`its input "${name}" takes texts: expected a category, and which texts there are (codes: [TEXT, ...])`);
      tables.set(column, table);
    }
    next += columns;
  }
  return tables;
}

/** From the one matrix to the inputs that the file has. */
function entryOf(
  inputs: readonly GraphInput[],
  given: { onnx: AdoptedGraph['onnx']; names: Set<string>; tables: ReadonlyMap<number, readonly string[]> },
) {
  const { names, tables } = given;
  const { input, width } = given.onnx;
  const strange = inputs.find(({ type }) => type !== STRING && !numbers.includes(type));
  if (strange) throw refused(`its input "${strange.name}" takes tensors of the type number ${strange.type}: expected numbers or texts`);
  const widths = widthsOf(inputs, width);
  const total = widths.reduce((sum, columns) => sum + columns, 0);
  if (total !== width)
    throw refused(
      `it takes ${total} numbers a row (${inputs.map(({ name }, at) => `${name}: ${widths[at]}`).join(', ')}), and ${width} are declared`,
    );
  const nodes: NodeProto[] = [];
  const tensors: TensorProto[] = [];
  let next = 0;
  const gathered = (name: string, columns: readonly number[]) => {
    const places = fresh(`places_${name}`, names);
    tensors.push(integers(places, columns));
    nodes.push(node('Gather', [input, places], { output: name, axis: 1 }));
    return name;
  };
  for (const [at, { name, type }] of inputs.entries()) {
    const columns = Array.from({ length: widths[at]! }, () => next++);
    if (type === STRING) {
      const codes = columns.map((column) => gathered(fresh(`codes_${name}`, names), [column]));
      nodes.push(
        ...textNodes(
          codes,
          name,
          columns.map((column) => tables.get(column)!),
        ),
      );
      continue;
    }
    const from = inputs.length > 1 ? gathered(type === FLOAT ? name : fresh(`columns_${name}`, names), columns) : input;
    if (type !== FLOAT) nodes.push(node('Cast', [from], { output: name, to: type }));
    else if (inputs.length === 1) nodes.push(node('Identity', [from], { output: name }));
  }
  return { nodes, tensors };
}

interface Answer {
  readonly tensor: string;
  readonly column: number | null;
}

/** Which tensor of the graph holds the score, and in which column. */
function answerOf(graph: GraphProto, { output, column }: GraphAdoption): Answer {
  const known = graph.output.map(({ name }) => name).join(', ');
  const found = graph.output.map((info) => answerBehind(graph, info));
  const chosen = output === null ? found.filter(({ isNumber }) => isNumber) : found.filter(({ name }) => name === output);
  if (chosen.length === 0)
    throw refused(
      output === null ? `none of its outputs (${known}) is a probability` : `it has no output "${output}": expected one of ${known}`,
    );
  if (chosen.length > 1) throw refused(`it has several outputs (${chosen.map(({ name }) => name).join(', ')}): say which, by --output`);
  const { tensor, columns, name } = chosen[0]!;
  if (!graph.node.some((each) => each.output.includes(tensor))) throw refused(`its output "${name}" is made by none of its operators`);
  if (columns === 1) return { tensor, column: column === null || column === 0 ? null : refuseColumn(name, column, 1) };
  if (columns === null && column === null)
    throw refused(`it does not say how many columns its output "${name}" has: say which holds the score, by --column`);
  if (columns !== null && columns > 2 && column === null)
    throw refused(`its output "${name}" has ${columns} columns: say which holds the score, by --column`);
  if (columns !== null && column !== null && column >= columns) refuseColumn(name, column, columns);
  return { tensor, column: column ?? 1 };
}

function refuseColumn(name: string, column: number, columns: number): never {
  throw refused(
    `its output "${name}" has ${columns === 1 ? 'one column' : `${columns} columns`}, counted from 0: there is no column ${column}`,
  );
}

/** A ZipMap makes a map of each row, which no tensor can hold; what goes into it are the probabilities. */
function answerBehind(graph: GraphProto, info: ValueInfoProto) {
  const maker = graph.node.find((each) => each.output.includes(info.name));
  if (maker?.opType === 'ZipMap') return { name: info.name, tensor: maker.input[0]!, columns: labelsOf(maker), isNumber: true };
  const { type, columns, rank } = shapeOf(info);
  return { name: info.name, tensor: info.name, columns: rank === 1 ? 1 : columns, isNumber: type === FLOAT || type === DOUBLE };
}

function labelsOf({
  attribute,
}: {
  attribute: readonly { strings: readonly unknown[]; ints: readonly unknown[]; name: string }[];
}): number | null {
  const labels = attribute.find(({ name }) => name.startsWith('classlabels'));
  return labels ? labels.strings.length + labels.ints.length : null;
}

/** From the tensor that holds the score to float[n, 1]. */
function exitOf(
  { tensor, column }: Answer,
  given: { onnx: AdoptedGraph['onnx']; transform: GraphAdoption['transform']; names: Set<string> },
) {
  const { names, onnx, transform } = given;
  const nodes = [];
  const tensors = [];
  let from = tensor;
  if (column !== null) {
    const place = fresh('score_column', names);
    const picked = fresh('score_picked', names);
    tensors.push(integers(place, [column]));
    nodes.push(node('Gather', [from, place], { output: picked, axis: 1 }));
    from = picked;
  }
  const narrow = fresh('score_narrow', names);
  nodes.push(node('Cast', [from], { output: narrow, to: FLOAT }));
  const shape = fresh('score_shape', names);
  tensors.push(integers(shape, [-1, 1]));
  const reshaped = transform === 'sigmoid' ? fresh('score_logit', names) : onnx.output;
  nodes.push(node('Reshape', [narrow, shape], { output: reshaped }));
  if (transform === 'sigmoid') nodes.push(node('Sigmoid', [reshaped], { output: onnx.output }));
  return { nodes, tensors };
}

/** The nodes without which the tensor could not be computed, in their order. */
function leadingTo(graph: GraphProto, tensor: string) {
  const needed = new Set([tensor]);
  const kept = [];
  for (const each of [...graph.node].reverse()) {
    if (!each.output.some((name) => needed.has(name))) continue;
    for (const name of each.input) needed.add(name);
    kept.push(each);
  }
  return kept.reverse();
}

function namesIn(graph: GraphProto): Set<string> {
  const values = [...graph.input, ...graph.output, ...graph.initializer].map(({ name }) => name);
  return new Set([...values, ...graph.node.flatMap(({ input, output }) => [...input, ...output])]);
}

/** A name that the graph does not use yet. */
function fresh(wanted: string, names: Set<string>): string {
  let name = wanted;
  for (let more = 2; names.has(name); more += 1) name = `${wanted}_${more}`;
  names.add(name);
  return name;
}

function node(opType: string, input: string[], { output, ...attributes }: { output: string } & Readonly<Record<string, string | number>>) {
  const attribute = Object.entries(attributes).map(([name, value]) =>
    create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) }),
  );
  return create(NodeProtoSchema, { opType, name: output, input, output: [output], attribute });
}

const integers = (name: string, values: readonly number[]) =>
  create(TensorProtoSchema, { name, dims: [BigInt(values.length)], dataType: INT64, int64Data: values.map(BigInt) });

function matrix(name: string, columns: number) {
  const dim = [{ value: { case: 'dimParam', value: 'n' } }, { value: { case: 'dimValue', value: BigInt(columns) } }] as const;
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: FLOAT, shape: { dim: [...dim] } } } },
  });
}
