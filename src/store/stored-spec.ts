/**
 * Specs are stored as they were parsed, and later ones say more. This is the one place where a revision of an earlier day gets what it
 * could not say: the values under which it behaves as it did then. The stored row stays as it is, and so does its digest.
 */
import type { ColumnRule } from '../domain/data-contract-spec.ts';
import type { FeatureSpec } from '../domain/feature-spec.ts';
import type { SegmentSpec, Spec } from '../domain/spec.ts';

type Earlier<T> = { readonly [Key in keyof T]?: T[Key] };

/** The segments of the first cut had one column each. */
type EarlierSegment = SegmentSpec | { readonly column: string; readonly critical: boolean };

export function completeSpec(stored: Spec): Spec {
  return {
    ...{ consent: null, personal: [], treatment: null, inputs: [], events: [], decision: null, fairness: [], golden: [] },
    ...stored,
    source: { ...usualSource, ...stored.source },
    label: { ...usualLabel, ...stored.label },
    outcomes: stored.outcomes.map((outcome) => ({ ...{ cap: null }, ...outcome })),
    features: stored.features.map((feature) => featureOf(feature, stored.owners.data)),
    dataContract: { ...usualDataContract, ...stored.dataContract, rules: stored.dataContract.rules.map(ruleOf) },
    split: { ...usualSplit, ...stored.split, shares: { ...usualSplit.shares, ...stored.split.shares } },
    trainer: { ...usualTrainer, ...stored.trainer },
    gates: { ...usualGates, ...stored.gates },
    segments: stored.segments.map(segmentOf),
    monitoring: { ...usualMonitoring, ...stored.monitoring },
    rollout: { ...stored.rollout, metrics: { ...usualMetrics, ...stored.rollout.metrics } },
  };
}

const usualSource = {
  header: null,
  skipLines: 0,
  comparisonPath: null,
  comparisonSkipLines: 0,
  query: null,
  connection: null,
  timeZone: 'UTC',
  partialDay: 'keep',
  key: null,
} satisfies Earlier<Spec['source']>;

const usualLabel = { alsoPositive: [], negative: null, cap: null } satisfies Earlier<Spec['label']>;
const usualSplit = { column: null, shares: { calibration: 0 } };
const usualTrainer = { calibration: 'none', search: null, weight: null } satisfies Earlier<Spec['trainer']>;
const usualGates = { margins: {}, draws: 1_000 } satisfies Earlier<Spec['gates']>;
const usualMetrics = { absoluteError: { margin: 0.03, critical: true } } satisfies Earlier<Spec['rollout']['metrics']>;

const usualMonitoring = { absoluteErrorMargin: 0.05 } satisfies Earlier<Spec['monitoring']>;

const usualDataContract = {
  expressions: [],
  rowCountBand: null,
  freshness: null,
  servingSkew: null,
  shift: null,
  labelShift: null,
} satisfies Earlier<Spec['dataContract']>;

function featureOf(feature: FeatureSpec, owner: string): FeatureSpec {
  return { ...{ derive: null, monotone: 'none', owner, version: 1 }, ...feature };
}

function ruleOf(rule: ColumnRule): ColumnRule {
  return { ...{ pattern: null, distinct: null, severity: null }, ...rule };
}

function segmentOf(segment: EarlierSegment): SegmentSpec {
  return 'columns' in segment ? segment : { columns: [segment.column], critical: segment.critical };
}
