/**
 * The YAML that describes a model, section by section, with the defaults of the product. What a section cannot know about another
 * one (that the label is no feature, that the steps rise) is checked in cross-checks.ts; to-spec.ts makes a `Spec` of it all.
 */
import { z } from 'zod';
import { tasks } from '../domain/spec.ts';
import { dataContract } from './data-contract-schema.ts';
import { decision, fairness, gates, golden, segment } from './evaluation-schema.ts';
import { events, features, inputs } from './feature-schema.ts';
import { listOf, orShort, section } from './sections.ts';
import { consent, source, split } from './source-schema.ts';
import { trainer } from './trainer-schema.ts';
import {
  anyText,
  columnName,
  count,
  duration,
  entity,
  flag,
  fraction,
  model,
  number,
  oneOf,
  orNull,
  outcomesNeeded,
  positiveCount,
  share,
  someTime,
  text,
  textOrTexts,
} from './written-values.ts';

const person = { data: text, model: text, release: text, onCall: text };
const owners = orShort(
  { type: 'string', description: 'One person or team for everything' },
  (everyone) => ({ data: everyone, model: everyone, release: everyone, onCall: everyone }),
  section(person),
);

const time = orShort(
  { type: 'string', description: 'The name of the column' },
  (column) => ({ column }),
  section({ column: orNull(columnName), format: orNull(text), monthNames: orNull(columnName), startYear: orNull(positiveCount) }),
);

const absent = oneOf('negative', 'unknown');

const label = section({
  column: columnName,
  positive: orNull(textOrTexts),
  alsoPositive: listOf('texts that mean a positive label, too', text).prefault([]),
  negative: orNull(listOf('texts of a negative label', anyText)),
  outcome: orNull(text),
  maturity: duration,
  absent: orNull(absent),
  better: oneOf('higher', 'lower').prefault('higher'),
  dependsOnAction: oneOf('none', 'possible').prefault('possible'),
  cap: orNull(number),
});

const treatment = section({ column: columnName, treated: text.prefault('1'), share: orNull(fraction) });

const outcome = section({
  name: text,
  kind: oneOf('binary', 'value').prefault('binary'),
  maturity: duration,
  absent: orNull(absent),
  better: oneOf('higher', 'lower').prefault('higher'),
  cap: orNull(number),
  role: oneOf('primary', 'guardrail').prefault('guardrail'),
});

const approval = section({
  quorum: positiveCount.prefault(1),
  expires: someTime.prefault('72h'),
  approvers: listOf('names', text).prefault([]),
});

const minimum = (usual: { readonly maturedOutcomes: number | 'planned' }) =>
  section({
    duration: duration.prefault('48h'),
    predictions: count.prefault(5_000),
    maturedOutcomes: outcomesNeeded.prefault(usual.maturedOutcomes),
  }).prefault({});

const liveMetric = (margin: string | number, critical: boolean) =>
  section({ margin: fraction.prefault(margin), critical: flag.prefault(critical) }).prefault({});

const metrics = section({
  errors: liveMetric('1%', true),
  latency: section({
    margin: fraction.prefault('15%'),
    tolerance: duration.prefault('5ms'),
    limit: someTime.prefault('200ms'),
    batch: someTime.prefault('15m'),
    critical: flag.prefault(true),
  }).prefault({}),
  conversion: liveMetric('10%', true),
  logLoss: liveMetric('3%', true),
  auc: liveMetric(0.02, true),
  absoluteError: liveMetric('3%', true),
});

const rollout = section({
  steps: listOf('shares', share).prefault(['5%', '25%', '50%']),
  shadow: minimum({ maturedOutcomes: 0 }),
  step: minimum({ maturedOutcomes: 'planned' }),
  longestStep: orNull(someTime),
  lookEvery: someTime.prefault('10m'),
  patience: someTime.prefault('72h'),
  holdBack: share.prefault('5%'),
  probation: duration.prefault('14d'),
  alpha: fraction.prefault('5%'),
  metrics: metrics.prefault({}),
  whenOpen: oneOf('wait', 'replace').prefault('wait'),
});

const monitoring = section({
  every: someTime.prefault('1h'),
  minimumPredictions: positiveCount.prefault(1_000),
  window: someTime.prefault('24h'),
  psiSignificant: number.prefault(0.1),
  psiMajor: number.prefault(0.25),
  auc: fraction.prefault(0.02),
  logLoss: fraction.prefault('5%'),
  absoluteError: fraction.prefault('5%'),
  minimumMatured: positiveCount.prefault(500),
  quiet: duration.prefault('24h'),
});

const retraining = orShort(
  { enum: ['none'] },
  (value) => ({ every: value }),
  section({ every: z.preprocess((value) => (value === 'none' ? null : value), orNull(someTime)).prefault('7d') }),
);

export const specSchema = section({
  model,
  objective: anyText.prefault(''),
  audience: anyText.prefault(''),
  owners,
  task: oneOf(...tasks).prefault('binary-classification'),
  source: source.prefault({}),
  consent: orNull(consent),
  personal: listOf('columns', columnName).prefault([]),
  entity,
  time: orNull(time),
  label,
  treatment: orNull(treatment),
  outcomes: listOf('outcomes', outcome).prefault([]),
  inputs: inputs.prefault({}),
  features,
  events: events.prefault({}),
  knownAfterOutcome: listOf('columns', columnName).prefault([]),
  dataContract: dataContract.prefault({}),
  split: split.prefault({}),
  trainer: trainer.prefault({}),
  gates: gates.prefault({}),
  decision: orNull(decision),
  segments: listOf('segments', segment).prefault([]),
  fairness: listOf('columns', fairness).prefault([]),
  golden: listOf('golden rows', golden).prefault([]),
  approval: approval.prefault({}),
  rollout: rollout.prefault({}),
  monitoring: monitoring.prefault({}),
  retraining: retraining.prefault({}),
});

/** A spec as written, with defaults, before its parts are held against each other. */
export type WrittenSpec = z.output<typeof specSchema>;
