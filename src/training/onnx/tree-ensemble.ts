/** Trees as one TreeEnsemble of ai.onnx.ml 5. Thresholds are 32-bit floats already, so that rows go where they went in training. */
import { create } from '@bufbuild/protobuf';
import type { Tree } from '../trees/tree.ts';
import { type NodeProto, NodeProtoSchema } from './onnx-ml_pb.ts';
import { bytes, doubles, integer, integers, tensor } from './parts.ts';

const BRANCH_LEQ = 0;
const SUM = 1;
const NO_TRANSFORM = 0;

interface Nodes {
  readonly roots: number[];
  readonly features: number[];
  readonly thresholds: number[];
  readonly missingLeft: number[];
  readonly left: number[];
  readonly leftIsLeaf: number[];
  readonly right: number[];
  readonly rightIsLeaf: number[];
  readonly leaves: number[];
}

export function treeEnsemble(trees: readonly Tree[], { input, output }: { input: string; output: string }): NodeProto {
  const nodes: Nodes = {
    roots: [],
    features: [],
    thresholds: [],
    missingLeft: [],
    left: [],
    leftIsLeaf: [],
    right: [],
    rightIsLeaf: [],
    leaves: [],
  };
  for (const tree of trees) addTree(nodes, tree.features.length > 0 ? tree : withNode(tree.leaves[0]!));
  // An ensemble of nothing is none: one tree that says 0.
  if (trees.length === 0) addTree(nodes, withNode(0));
  const { roots, features, thresholds, missingLeft, left, leftIsLeaf, right, rightIsLeaf, leaves } = nodes;
  return create(NodeProtoSchema, {
    opType: 'TreeEnsemble',
    domain: 'ai.onnx.ml',
    name: output,
    input: [input],
    output: [output],
    attribute: [
      integer('aggregate_function', SUM),
      integer('n_targets', 1),
      integer('post_transform', NO_TRANSFORM),
      integers('tree_roots', roots),
      integers('nodes_featureids', features),
      tensor('nodes_modes', bytes('nodes_modes', new Uint8Array(features.length).fill(BRANCH_LEQ))),
      tensor('nodes_splits', doubles('nodes_splits', [thresholds.length], thresholds)),
      integers('nodes_missing_value_tracks_true', missingLeft),
      integers('nodes_truenodeids', left),
      integers('nodes_trueleafs', leftIsLeaf),
      integers('nodes_falsenodeids', right),
      integers('nodes_falseleafs', rightIsLeaf),
      integers(
        'leaf_targetids',
        leaves.map(() => 0),
      ),
      tensor('leaf_weights', doubles('leaf_weights', [leaves.length], leaves)),
    ],
  });
}

function addTree(nodes: Nodes, tree: Tree): void {
  const firstNode = nodes.features.length;
  const firstLeaf = nodes.leaves.length;
  nodes.roots.push(firstNode);
  const placeOf = (child: number) => (child < 0 ? firstLeaf + ~child : firstNode + child);
  tree.features.forEach((feature, node) => {
    const [left, right] = [tree.left[node]!, tree.right[node]!];
    nodes.features.push(feature);
    nodes.thresholds.push(tree.thresholds[node]!);
    nodes.missingLeft.push(tree.missingLeft[node]!);
    nodes.left.push(placeOf(left));
    nodes.leftIsLeaf.push(left < 0 ? 1 : 0);
    nodes.right.push(placeOf(right));
    nodes.rightIsLeaf.push(right < 0 ? 1 : 0);
  });
  nodes.leaves.push(...tree.leaves);
}

/** A tree of one leaf has no node to be a root: both its ways lead to the same answer. */
function withNode(value: number): Tree {
  return {
    features: Int32Array.of(0),
    thresholds: Float64Array.of(0),
    missingLeft: Uint8Array.of(1),
    left: Int32Array.of(~0),
    right: Int32Array.of(~1),
    gains: Float64Array.of(0),
    leaves: Float64Array.of(value, value),
  };
}
