import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseDocument } from 'yaml';
import type { ModelName } from '../domain/ids.ts';
import type { Spec } from '../domain/spec.ts';
import type { DeclaredModel, ImportDeclaration } from '../training/import-declaration.ts';
import { whole, withExamples, withJson, withModel, withReason } from './arguments.ts';
import { withRegistry } from './connections.ts';
import { type CliContext, Misuse, Refused } from './context.ts';
import { insistOnModel } from './lookup.ts';
import { askForRetraining, type RetrainOptions } from './retrain.ts';

interface Options extends RetrainOptions {
  readonly onnx: string;
  readonly inputs?: string;
  readonly manifest?: string;
  readonly output?: string;
  readonly column?: number;
  readonly transform?: 'none' | 'sigmoid';
}

export function registerImport(program: Command, context: CliContext): void {
  const command = withModel(
    program
      .command('import')
      .summary('adopt an ONNX file that was made elsewhere as a version')
      .description(
        'Adopts an existing ONNX model as a version, for instance as the first champion. The file is brought into the form that is served, run on the rows of the snapshot, and then passes every gate that a training passes: data contract, package check, evaluation against the champion or the simple baseline, approval, rollout. Which rows it was trained on nobody here knows: hold it against rows that it cannot have seen (split.comparisonFrom).',
      ),
  )
    .requiredOption(
      '--onnx <path>',
      'the ONNX file, with numbers or texts as its input and a score, or probabilities, as its output',
      filePath,
    )
    .option(
      '--inputs <names|path>',
      'what the columns of its input are, in order: names separated by commas, or a YAML file (see below) (default: the names of its inputs, where it has one for each column, else the features of the spec)',
    )
    .option('--manifest <path>', 'instead: a manifest that a trainer wrote beside the file; its golden rows are held against the file')
    .option('--output <name>', "which of the file's outputs has the score (default: the only one with numbers)")
    .option('--column <number>', 'which column of that output, counted from 0 (default: the only one, or the second of two)', whole)
    .addOption(new Option('--transform <name>', 'sigmoid: the file answers logits').choices(['none', 'sigmoid']))
    .option('--data <path>', 'another data file than the spec names, for this evaluation only')
    .option('--wait', 'follow until a person must decide, or it has ended without a version');
  withExamples(withJson(withReason(command)), [
    'import churn --onnx churn.onnx --inputs tenure,age,plan_code --reason "the model we had"',
    'import churn --onnx churn.onnx --inputs churn-inputs.yaml --by ann@team --reason "first champion" --wait',
    'import churn --onnx churn.onnx --manifest manifest.json --reason "trained on the cluster"',
  ])
    .addHelpText('after', `\n${DECLARATION}`)
    .action((model: ModelName, options: Options) => adopt(context, model, options));
}

const DECLARATION = `A file for --inputs says what each column is made of:
  inputs:
    - tenure                                   # the number, NaN when missing; 1 and 0 of a boolean
    - { feature: balance, missing: 0 }         # another number for a missing value
    - { feature: age, mean: 41.2, sd: 12.5 }   # (age - mean) / sd
    - { feature: plan, is: gold }              # 1 for this category, else 0
    - { feature: region, codes: [north, south] }   # its index, 2 for any other; the text itself where the file takes texts
    - { feature: balance, isMissing: true }    # 1 when it is missing
  output: probabilities                        # these three may also be options
  column: 1
  transform: none`;

async function adopt(context: CliContext, model: ModelName, options: Options): Promise<void> {
  if (options.inputs !== undefined && options.manifest !== undefined)
    throw new Misuse('--inputs and --manifest say the same thing in two ways: expected one of them');
  await withRegistry(context, async (registry) => {
    const [{ currentSpec }, { openArtifacts }] = await Promise.all([import('../store/specs.ts'), import('../artifacts/store.ts')]);
    await insistOnModel(registry.db, model);
    const { spec } = await currentSpec(registry.db, model);
    insistOnData(spec, options);
    const onnxBytes = await readOr(path.resolve(context.cwd, options.onnx));
    const declared = withOptions(await declaredBy(context, { spec, onnxBytes }, options), options);
    await insistOnGraph(onnxBytes, declared);
    const artifacts = openArtifacts(registry.config.artifactsUrl);
    const declaration: ImportDeclaration = {
      format: 'understudy.import.v1',
      file: await artifacts.put(onnxBytes),
      fileName: path.basename(options.onnx),
      ...declared,
    };
    await askForRetraining(context, registry, { model, options, imported: await artifacts.putJson(declaration) });
  });
}

/** Without rows there would be no golden rows, no reference for monitoring and nothing to approve on. */
function insistOnData({ model, source }: Spec, { data }: Options): void {
  if (data !== undefined || source.path !== null || source.query !== null) return;
  throw new Refused(`an import is evaluated on rows, and the spec of ${model} names none: set source.path, or say --data FILE`);
}

async function declaredBy(
  context: CliContext,
  { spec, onnxBytes }: { spec: Spec; onnxBytes: Buffer },
  { inputs, manifest }: Options,
): Promise<DeclaredModel> {
  const [{ declaredModel, modelOfManifest, usualInputs }, { decodedModel, inputsOf }] = await Promise.all([
    import('../training/import-declaration.ts'),
    import('../training/onnx/graph-inputs.ts'),
  ]);
  if (manifest !== undefined)
    return modelOfManifest(jsonIn(await readOr(path.resolve(context.cwd, manifest)), manifest), { spec, file: manifest });
  const takes = inputsOf(decodedModel(onnxBytes).graph);
  const against = (file: string) => ({ spec, file, takes });
  if (inputs === undefined) return declaredModel({ inputs: usualInputs(spec, takes) }, against('without --inputs'));
  const isFile = /\.(ya?ml|json)$/i.test(inputs);
  if (!isFile) return declaredModel({ inputs: inputs.split(',').map((name) => name.trim()) }, against('--inputs'));
  const document = parseDocument((await readOr(path.resolve(context.cwd, inputs))).toString('utf8'));
  if (document.errors.length > 0) throw new Refused(`${inputs}: ${document.errors[0]!.message.split('\n')[0]}`);
  return declaredModel(document.toJS(), against(inputs));
}

function jsonIn(bytes: Buffer, file: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new Refused(`${file} is no manifest: expected JSON (src/training/trainer.schema.json)`, { cause: error });
  }
}

function withOptions(declared: DeclaredModel, { output, column, transform }: Options): DeclaredModel {
  const { graph } = declared;
  return {
    ...declared,
    graph: { ...graph, output: output ?? graph.output, column: column ?? graph.column, transform: transform ?? graph.transform },
  };
}

/** The same look that the training worker takes, so that what cannot be adopted is said at once. */
async function insistOnGraph(onnxBytes: Buffer, { graph }: DeclaredModel): Promise<void> {
  const [{ adoptGraph }, { problemsOf }] = await Promise.all([
    import('../training/onnx/adopt-graph.ts'),
    import('../training/onnx/inspect-model.ts'),
  ]);
  const { bytes, onnx } = adoptGraph(onnxBytes, graph);
  const problems = problemsOf(bytes, onnx);
  if (problems.length > 0) throw new Refused(`the ONNX file cannot be adopted: ${problems.join('; ')}`);
}

async function readOr(file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new Refused(code === 'ENOENT' ? `there is no file ${file}` : `${file} could not be read (${code})`, { cause: error });
  }
}

function filePath(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('Expected a path.');
  return text;
}
