/** What an ONNX file takes, as it says so itself: its inputs in order, and the texts that its encoders know. */
import { fromBinary } from '@bufbuild/protobuf';
import { Failure } from '../../failures.ts';
import {
  type AttributeProto,
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  TensorProto_DataType,
  type ValueInfoProto,
} from './onnx-ml_pb.ts';

export interface GraphInput {
  readonly name: string;
  readonly type: number;
  /** Null when the file does not say. */
  readonly columns: number | null;
  /** Of an input that takes texts: those that mean something to the encoders behind it; none where it has none. */
  readonly texts: readonly string[] | null;
}

/** Where an encoder keeps the texts it knows. */
const tables: Readonly<Record<string, string>> = { OneHotEncoder: 'cats_strings', LabelEncoder: 'keys_strings' };

export function decodedModel(file: Uint8Array): ModelProto & { graph: GraphProto } {
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, file);
  } catch {
    throw refused('it is not an ONNX model');
  }
  const { graph } = model;
  if (!graph || graph.node.length === 0) throw refused('it is not an ONNX model: it has no graph');
  return Object.assign(model, { graph });
}

/** Initializers may be listed as inputs, too; nobody brings those. */
export function inputsOf(graph: GraphProto): GraphInput[] {
  const given = new Set(graph.initializer.map(({ name }) => name));
  return graph.input
    .filter(({ name }) => !given.has(name))
    .map((info) => {
      const { type, columns } = shapeOf(info);
      return { name: info.name, type, columns, texts: type === TensorProto_DataType.STRING ? textsBehind(graph, info.name) : null };
    });
}

export function shapeOf({ type }: ValueInfoProto): { type: number; columns: number | null; rank: number | null } {
  if (type?.value.case !== 'tensorType') return { type: TensorProto_DataType.UNDEFINED, columns: null, rank: null };
  const { elemType, shape } = type.value.value;
  const last = shape?.dim.length === 2 ? shape.dim[1]!.value : undefined;
  return {
    type: elemType,
    columns: last?.case === 'dimValue' && last.value > 0n ? Number(last.value) : null,
    rank: shape ? shape.dim.length : null,
  };
}

export function refused(reason: string): Failure {
  return new Failure('PackagingFailed', `the ONNX file cannot be adopted: ${reason}`);
}

/** Nodes stand in the order in which they are computed, so one pass reaches all that depends on the input. */
function textsBehind({ node }: GraphProto, input: string): string[] {
  const reached = new Set([input]);
  const found = new Set<string>();
  for (const each of node) {
    if (!each.input.some((name) => reached.has(name))) continue;
    const table = tables[each.opType];
    if (table === undefined) for (const name of each.output) reached.add(name);
    else for (const text of textsIn(each.attribute, table)) found.add(text);
  }
  return [...found];
}

function textsIn(attributes: readonly AttributeProto[], wanted: string): string[] {
  const decoder = new TextDecoder();
  return attributes.find(({ name }) => name === wanted)?.strings.map((bytes) => decoder.decode(bytes)) ?? [];
}
