/**
 * What a trainer hands over, as a schema: `TrainerOutput` and `Manifest`. A trainer in another language writes them by hand, so they are
 * read with distrust where they arrive; further fields are let through. trainer.schema.json is this for other languages' tools.
 */
import { z } from 'zod';
import { outputRanges } from '../domain/output-range.ts';
import { featureTypes } from '../domain/feature-spec.ts';
import { tasks } from '../domain/spec.ts';

const digest = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in lower-case hex');
const finite = z.number();
const share = finite.min(0).max(1);
const whole = z.number().int().min(0);
const value = z.union([z.string(), finite, z.boolean(), z.null()]);
const importances = z.array(z.looseObject({ feature: z.string(), importance: finite }));

const encodedColumn = z.discriminatedUnion('kind', [
  z.looseObject({ kind: z.literal('standardised'), input: whole, of: z.enum(['value', 'log']), mean: finite, sd: finite }),
  z.looseObject({ kind: z.literal('plain'), input: whole, mean: finite }),
  z.looseObject({ kind: z.literal('boolean'), input: whole, mean: finite }),
  z.looseObject({ kind: z.literal('is'), input: whole, value: z.string() }),
  z.looseObject({ kind: z.literal('other'), input: whole }),
  z.looseObject({ kind: z.literal('missing'), input: whole }),
  z.looseObject({ kind: z.literal('raw'), input: whole }),
  z.looseObject({ kind: z.literal('code'), input: whole, values: z.array(z.string()) }),
]);

const encoder = z.looseObject({
  format: z.literal('understudy.encoder.v1'),
  inputs: z.array(z.looseObject({ name: z.string(), type: z.enum([...featureTypes, 'time']), nullable: z.boolean() })).min(1),
  derived: z
    .array(
      z.looseObject({ name: z.string(), type: z.enum(featureTypes), nullable: z.boolean(), derive: z.looseObject({ kind: z.string() }) }),
    )
    .optional(),
  columns: z.array(encodedColumn).min(1),
  width: whole,
  missingTexts: z.array(z.string()),
});

const numberHistogram = z.looseObject({ kind: z.literal('number'), edges: z.array(finite), counts: z.array(whole), nulls: whole });
const categoryHistogram = z.looseObject({
  kind: z.literal('category'),
  counts: z.array(z.looseObject({ value: z.string(), count: whole })),
  other: whole,
  nulls: whole,
});

const referenceProfile = z.looseObject({
  format: z.literal('understudy.reference-profile.v1'),
  rows: whole,
  features: z.array(z.looseObject({ feature: z.string(), histogram: z.union([numberHistogram, categoryHistogram]) })),
  score: numberHistogram,
  baseRate: finite,
});

const baseline = z.union([
  z.looseObject({ kind: z.literal('base-rate'), rate: share }),
  z.looseObject({ kind: z.literal('mean'), mean: finite }),
]);

const manifestSchema = z.looseObject({
  format: z.literal('understudy.manifest.v1'),
  model: z.string(),
  task: z.enum(tasks),
  encoder,
  outputRange: z.enum(outputRanges).optional(),
  onnx: z.looseObject({ input: z.string(), output: z.string(), width: whole }),
  artifactDigest: digest,
  trainer: z.looseObject({ name: z.string(), seed: whole, parameters: z.record(z.string(), finite) }),
  baseline: baseline.optional(),
  snapshotDigest: digest,
  splitDigest: digest,
  golden: z.array(z.looseObject({ instance: z.record(z.string(), value), at: finite.nullish(), score: finite })),
  referenceProfile,
  monitoringProfile: referenceProfile.optional(),
  trainedRows: whole,
  baseRate: finite,
  importances,
});

const trainerOutputSchema = z.looseObject({
  artifactDigest: digest,
  manifestDigest: digest,
  trainedRows: whole,
  baseRate: finite,
  validation: z.looseObject({ rows: whole }).nullable(),
  importances,
  trainedMs: finite.optional(),
  threads: whole.optional(),
  surroundings: z.record(z.string(), z.string()).optional(),
});

/** Sentences, the first few; none when it is one. */
export function manifestProblems(manifest: unknown): string[] {
  const parsed = manifestSchema.safeParse(manifest);
  if (!parsed.success) return sentencesOf(parsed.error);
  const { inputs, derived = [], columns } = parsed.data.encoder;
  const beyond = columns.findIndex(({ input }) => input >= inputs.length + derived.length);
  return beyond < 0 ? [] : [`encoder.columns.${beyond}.input: expected a place in inputs and derived`];
}

export function trainerOutputProblems(output: unknown): string[] {
  const parsed = trainerOutputSchema.safeParse(output);
  return parsed.success ? [] : sentencesOf(parsed.error);
}

function sentencesOf({ issues }: z.ZodError): string[] {
  return issues.slice(0, 3).map(({ path, message }) => `${path.map(String).join('.') || 'it'}: ${message}`);
}

export function trainerJsonSchema(): object {
  const schemaOf = (schema: z.ZodType) => {
    const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input' });
    return rest;
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'What a trainer of Understudy hands over',
    description: 'TrainerOutput is the answer of the activity trainChallenger; Manifest the JSON file that its manifestDigest names.',
    $defs: { TrainerOutput: schemaOf(trainerOutputSchema), Manifest: schemaOf(manifestSchema) },
    $ref: '#/$defs/TrainerOutput',
  };
}
