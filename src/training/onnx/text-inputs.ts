/**
 * Texts for a file that encodes them itself. What is served are numbers alone, so a category comes as its code in a declared list, and
 * becomes that text again inside the graph. Missing, or not in the list, it becomes a text that the file has never seen.
 */
import type { ModelProto, NodeProto } from './onnx-ml_pb.ts';
import { refused } from './graph-inputs.ts';
import { float32s, integer, node, text, texts as textList } from './parts.ts';

/** The first in which a LabelEncoder reads numbers and answers texts. */
const LABEL_ENCODER_SINCE = 2n;

/** The nodes that make `output`, a column of texts for each of the columns of codes. */
export function textNodes(codes: readonly string[], output: string, tables: readonly (readonly string[])[]): NodeProto[] {
  const names = codes.map((code) => (codes.length === 1 ? output : `${code}_text`));
  const nodes = codes.map((code, at) => {
    const made = node('LabelEncoder', [code], names[at]!);
    made.domain = 'ai.onnx.ml';
    const values = tables[at]!;
    made.attribute = [
      float32s(
        'keys_floats',
        values.map((_, index) => index),
      ),
      textList('values_strings', values),
      text('default_string', unlike(values)),
    ];
    return made;
  });
  if (codes.length === 1) return nodes;
  const together = node('Concat', names, output);
  together.attribute = [integer('axis', 1)];
  return [...nodes, together];
}

/** An encoder that stops at a category it has never seen would fail a whole batch for one row: it says "none of those I know". */
export function prepareForTexts({ graph, opsetImport }: ModelProto): void {
  for (const { opType, attribute } of graph!.node) {
    if (opType !== 'OneHotEncoder') continue;
    attribute.splice(0, attribute.length, ...attribute.filter(({ name }) => name !== 'zeros'), integer('zeros', 1));
  }
  const learning = opsetImport.find(({ domain }) => domain === 'ai.onnx.ml');
  if (!learning) opsetImport.push({ ...opsetImport[0]!, domain: 'ai.onnx.ml', version: LABEL_ENCODER_SINCE });
  else if (learning.version < LABEL_ENCODER_SINCE) {
    if (graph!.node.some(({ opType }) => opType === 'LabelEncoder'))
      throw refused(`it takes texts and is written for ai.onnx.ml ${learning.version}: expected ${LABEL_ENCODER_SINCE} or newer`);
    learning.version = LABEL_ENCODER_SINCE;
  }
}

function unlike(texts: readonly string[]): string {
  let text = 'none of these';
  while (texts.includes(text)) text += '_';
  return text;
}
