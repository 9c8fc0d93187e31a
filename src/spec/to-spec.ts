/** From what was written to a `Spec`: names as the domain has them, and the defaults that follow from other settings. */
import type { ColumnRule } from '../domain/data-contract-spec.ts';
import type { RolloutSpec, Spec, TimeSpec } from '../domain/spec.ts';
import type { WrittenSpec } from './schema.ts';
import { decisionOf, gatesOf, segmentsOf } from './to-evaluation.ts';
import { eventTablesOf, featureOf, inputsOf } from './to-features.ts';
import { sourceOf, splitOf } from './to-source.ts';
import { trainerOf } from './to-trainer.ts';

/** A step that takes three times what was planned asks a person. */
const LONGEST_STEP_FACTOR = 3;

export function toSpec(written: WrittenSpec): Spec {
  const { model, objective, audience, owners, task, entity, consent, personal, treatment, knownAfterOutcome } = written;
  const trainer = trainerOf(written);
  const timeColumn = written.time?.column ?? written.time?.monthNames ?? null;
  return {
    model,
    objective,
    audience,
    owners,
    task,
    source: sourceOf(written.source),
    consent,
    personal,
    entity,
    time: timeOf(written.time),
    label: labelOf(written),
    treatment,
    outcomes: written.outcomes.map(({ maturity, absent, ...outcome }) => ({
      ...outcome,
      maturityMs: maturity,
      // Nobody posts that something did not happen; but a sum that never came is not zero.
      absent: absent ?? (outcome.kind === 'binary' ? 'negative' : 'unknown'),
    })),
    inputs: inputsOf(written.inputs),
    features: Object.entries(written.features).map(([name, feature]) => featureOf(name, feature, { owner: owners.data, timeColumn })),
    events: eventTablesOf(written.events),
    knownAfterOutcome,
    dataContract: dataContractOf(written),
    split: splitOf(written.split, { hasTime: written.time !== null, calibration: trainer.calibration }),
    trainer,
    gates: gatesOf(written),
    decision: decisionOf(written.decision),
    segments: segmentsOf(written.segments),
    fairness: written.fairness,
    golden: written.golden,
    approval: {
      quorum: written.approval.quorum,
      expiresMs: written.approval.expires,
      approvers: written.approval.approvers,
    },
    rollout: rolloutOf(written),
    monitoring: monitoringOf(written.monitoring),
    retraining: { everyMs: written.retraining.every },
  };
}

function timeOf(time: WrittenSpec['time']): TimeSpec | null {
  if (!time) return null;
  const { column, format, monthNames, startYear } = time;
  if (monthNames !== null && startYear !== null) return { kind: 'month-names', column: monthNames, startYear };
  if (column !== null) return { kind: 'column', column, format };
  throw new RangeError('a time without a column: cross-checks.ts should have refused it');
}

function labelOf({ label: { maturity, outcome, positive, alsoPositive, absent, ...label }, outcomes, task }: WrittenSpec): Spec['label'] {
  const [first = '1', ...others] = positive ?? [];
  return {
    ...label,
    positive: first,
    alsoPositive: [...others, ...alsoPositive],
    outcome: outcome ?? label.column,
    maturityMs: maturity,
    absent: absent ?? (task === 'regression' ? 'unknown' : 'negative'),
    isPrimary: !outcomes.some(({ role }) => role === 'primary'),
  };
}

function dataContractOf(written: WrittenSpec): Spec['dataContract'] {
  const { freshness, ...dataContract } = written.dataContract;
  const rules = rulesOf(written);
  return { ...dataContract, rules, freshness: freshness && { withinMs: freshness.within, severity: freshness.severity } };
}

const valueLimitNames = ['minimum', 'maximum', 'allowed', 'pattern', 'maximumNulls', 'maximumUnseen'] as const;

/** A limit written beside a feature is a rule about its column, unless the rules set that very limit themselves. */
function rulesOf({ features, dataContract: { rules } }: WrittenSpec): ColumnRule[] {
  const besideFeatures = Object.entries(features)
    .map(([column, { minimum, maximum, allowed, pattern, maximumNulls, maximumUnseen, severity }]): ColumnRule => {
      const limits = { minimum, maximum, allowed, pattern, maximumNulls, maximumUnseen };
      const about = rules.filter((rule) => rule.column === column);
      const ruled = valueLimitNames.filter((name) => about.some((rule) => rule[name] !== null));
      const rest = { ...limits, ...Object.fromEntries(ruled.map((name) => [name, null])) };
      return { column, required: false, ...rest, unique: false, distinct: null, severity };
    })
    .filter((rule) => valueLimitNames.some((name) => rule[name] !== null));
  return [...besideFeatures, ...rules];
}

function rolloutOf({ rollout, label }: WrittenSpec): RolloutSpec {
  const { steps, shadow, step, holdBack, alpha, whenOpen } = rollout;
  const { margin, tolerance, limit, batch, critical } = rollout.metrics.latency;
  return {
    steps,
    shadow: minimumOf(shadow),
    step: minimumOf(step),
    longestStepMs: rollout.longestStep ?? LONGEST_STEP_FACTOR * (step.duration + label.maturity),
    lookEveryMs: rollout.lookEvery,
    patienceMs: rollout.patience,
    holdBackBps: holdBack,
    probationMs: rollout.probation,
    alpha,
    metrics: { ...rollout.metrics, latency: { margin, toleranceMs: tolerance, limitMs: limit, batchMs: batch, critical } },
    whenOpen,
  };
}

function minimumOf({ duration, ...minimum }: WrittenSpec['rollout']['step']): RolloutSpec['step'] {
  return { durationMs: duration, ...minimum };
}

function monitoringOf({ every, window, auc, logLoss, absoluteError, quiet, ...monitoring }: WrittenSpec['monitoring']): Spec['monitoring'] {
  return {
    everyMs: every,
    windowMs: window,
    aucMargin: auc,
    logLossMargin: logLoss,
    absoluteErrorMargin: absoluteError,
    quietMs: quiet,
    ...monitoring,
  };
}
