/**
 * A model as an ONNX graph: float[n, width] in, float[n, 1] out, everything between in 64 bits, so that the runtime's answers are the
 * trainer's own. IR 10, opset 21 and ai.onnx.ml 5, which every runtime in use reads. The same model gives the same bytes.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import type { Calibration } from '../calibration.ts';
import type { Learned, Model, Single } from '../model.ts';
import { ModelProtoSchema, type NodeProto, TensorProto_DataType, type TensorProto, ValueInfoProtoSchema } from './onnx-ml_pb.ts';
import { cast, doubles, node } from './parts.ts';
import { treeEnsemble } from './tree-ensemble.ts';

export const inputName = 'features';
export const outputName = 'score';

const IR_VERSION = 10n;
const OPSET = 21n;
const ML_OPSET = 5n;

export function writeModel(model: Model, width: number): Uint8Array {
  const graph = new Graph();
  graph.add(cast(inputName, 'wide', TensorProto_DataType.DOUBLE));
  const answer = model.kind === 'single' ? graph.single('', model.single) : graph.difference(model);
  graph.add(cast(answer, outputName, TensorProto_DataType.FLOAT));
  const proto = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    opsetImport: [
      { domain: '', version: OPSET },
      { domain: 'ai.onnx.ml', version: ML_OPSET },
    ],
    producerName: 'understudy',
    graph: {
      name: 'model',
      node: graph.nodes,
      initializer: graph.initializers,
      input: [matrix(inputName, width)],
      output: [matrix(outputName, 1)],
    },
  });
  return toBinary(ModelProtoSchema, proto);
}

class Graph {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];

  add(made: NodeProto): string {
    this.nodes.push(made);
    return made.output[0]!;
  }

  difference({ treated, control }: Extract<Model, { kind: 'difference' }>): string {
    return this.add(node('Sub', [this.single('treated ', treated), this.single('control ', control)], 'difference'));
  }

  /** Names of its parts begin with `prefix`. */
  single(prefix: string, { learned, answers, calibration }: Single): string {
    const raw = this.learned(prefix, learned);
    if (answers === 'number') return raw;
    if (calibration === null) return this.add(node('Sigmoid', [raw], `${prefix}probability`));
    return this.calibrated(prefix, raw, calibration);
  }

  private learned(prefix: string, learned: Learned): string {
    if (learned.kind === 'linear') {
      const { weights, bias } = learned;
      const products = this.add(
        node('MatMul', ['wide', this.constant(`${prefix}weights`, [weights.length, 1], weights)], `${prefix}products`),
      );
      return this.add(node('Add', [products, this.constant(`${prefix}bias`, [1], [bias])], `${prefix}raw`));
    }
    const sums = this.add(treeEnsemble(learned.trees, { input: 'wide', output: `${prefix}sums` }));
    return this.add(node('Add', [sums, this.constant(`${prefix}base`, [1], [learned.base])], `${prefix}raw`));
  }

  private calibrated(prefix: string, raw: string, calibration: Calibration): string {
    if (calibration.kind === 'platt') {
      const steeper = this.add(node('Mul', [raw, this.constant(`${prefix}slope`, [1], [calibration.slope])], `${prefix}steeper`));
      const shifted = this.add(
        node('Add', [steeper, this.constant(`${prefix}intercept`, [1], [calibration.intercept])], `${prefix}shifted`),
      );
      return this.add(node('Sigmoid', [shifted], `${prefix}probability`));
    }
    return this.isotonic(prefix, raw, calibration);
  }

  /** Σ rise · clip((z − knot) / step, 0, 1): each piece of the curve, as far along as the score is. */
  private isotonic(prefix: string, raw: string, { scores, probabilities }: Extract<Calibration, { kind: 'isotonic' }>): string {
    const pieces = Math.max(1, scores.length - 1);
    const at = (piece: number) => scores[piece] ?? 0;
    const steps = Float64Array.from({ length: pieces }, (_, piece) => (scores.length > 1 ? at(piece + 1) - at(piece) : 1));
    const rises = Float64Array.from({ length: pieces }, (_, piece) =>
      scores.length > 1 ? probabilities[piece + 1]! - probabilities[piece]! : 0,
    );
    const starts = scores.slice(0, pieces);
    const past = this.add(node('Sub', [raw, this.constant(`${prefix}knots`, [1, pieces], starts)], `${prefix}past`));
    const along = this.add(node('Div', [past, this.constant(`${prefix}steps`, [1, pieces], steps)], `${prefix}along`));
    const [none, all] = [this.constant(`${prefix}none`, [], [0]), this.constant(`${prefix}all`, [], [1])];
    const clipped = this.add(node('Clip', [along, none, all], `${prefix}clipped`));
    const risen = this.add(node('MatMul', [clipped, this.constant(`${prefix}rises`, [pieces, 1], rises)], `${prefix}risen`));
    return this.add(node('Add', [risen, this.constant(`${prefix}first`, [1], [probabilities[0]!])], `${prefix}probability`));
  }

  private constant(name: string, dims: number[], values: ArrayLike<number>): string {
    this.initializers.push(doubles(name, dims, values));
    return name;
  }
}

/** Any number of rows, a fixed number of columns. */
function matrix(name: string, columns: number) {
  const dim = [{ value: { case: 'dimParam', value: 'n' } }, { value: { case: 'dimValue', value: BigInt(columns) } }] as const;
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: TensorProto_DataType.FLOAT, shape: { dim: [...dim] } } } },
  });
}
