import type { DecisionContract, LatencyBatch, LiveEvidence } from '../../src/domain/decision-contract.ts';
import type { Comparison, Evidence } from '../../src/domain/evidence.ts';
import { digest, rolloutId, versionId } from '../../src/domain/ids.ts';
import type { GateSpec, Spec } from '../../src/domain/spec.ts';
import { pass } from '../../src/domain/verdict.ts';
import { evaluate } from '../../src/evaluation/evaluate.ts';
import { decisionContract } from '../../src/gates/decision-contract.ts';
import { parseSpec } from '../../src/spec/parse.ts';
import { seededRandom } from '../../src/statistics/random.ts';

/** The shortest useful spec: everything the judge uses is the shipped default. */
export function aSpec(settings = ''): Spec {
  const yaml = `
model: churn
owners: ann
entity: customer
label: { column: churned, positive: 'yes', maturity: 30d, dependsOnAction: none }
features: { age: number }
${settings}`;
  return parseSpec(yaml, { file: 'churn.yaml' }).spec;
}

export const gates: GateSpec = {
  aucMargin: 0.01,
  logLossMargin: 0.03,
  brierMargin: 0.03,
  margins: {},
  draws: 1_000,
  segmentMarginFactor: 2,
  minimumSegmentClass: 50,
  suspiciousAuc: 0.97,
};

export interface ScoredSample {
  readonly labels: Uint8Array;
  readonly champion: Float64Array;
  readonly challenger: Float64Array;
}

export interface SampleOptions {
  readonly rows: number;
  readonly baseRate?: number;
  readonly seed?: number;
  /** AUC of the challenger; the champion has 0.80. */
  readonly challengerAuc?: number;
}

/** Binormal, calibrated scores with a within-class correlation of 0.87, the model of the reference values. */
export function scoredSample({ rows, baseRate = 0.25, seed = 1, challengerAuc = 0.8 }: SampleOptions): ScoredSample {
  const random = seededRandom(seed);
  const [distance, otherDistance] = [separation(0.8), separation(challengerAuc)];
  const labels = new Uint8Array(rows);
  const champion = new Float64Array(rows);
  const challenger = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const label = random.uniform() < baseRate ? 1 : 0;
    const noise = random.normal();
    const other = 0.87 * noise + Math.sqrt(1 - 0.87 ** 2) * random.normal();
    labels[row] = label;
    champion[row] = posterior(noise + label * distance, { distance, baseRate });
    challenger[row] = posterior(other + label * otherDistance, { distance: otherDistance, baseRate });
  }
  return { labels, champion, challenger };
}

/** Distance of the class means at which normal scores have this AUC. */
function separation(auc: number): number {
  const known: Record<string, number> = { '0.8': 1.190232, '0.78': 1.092069, '0.76': 0.998849, '0.82': 1.294538, '0.85': 1.465735 };
  const distance = known[String(auc)];
  if (distance === undefined) throw new RangeError(`no separation for AUC ${auc}`);
  return distance;
}

function posterior(x: number, { distance, baseRate }: { distance: number; baseRate: number }): number {
  const logOdds = Math.log(baseRate / (1 - baseRate)) + distance * x - distance ** 2 / 2;
  return 1 / (1 + Math.exp(-logOdds));
}

export function overallOf({ labels, champion, challenger }: ScoredSample): Comparison {
  const given = { task: 'binary-classification', targets: labels, challenger, opponent: champion, simpleBaseline: 0.25 } as const;
  const { overall } = evaluate({ ...given, segments: [], gates: { ...gates, draws: 300 }, decision: null, seed: 1 });
  return { ...overall, verdict: pass('as measured') };
}

const aDigest = digest('0'.repeat(64));

export function evidenceOf(overall: Comparison): Evidence {
  return {
    format: 'understudy.evidence.v2',
    model: 'churn',
    task: 'binary-classification',
    challenger: versionId('churn@2'),
    opponent: { kind: 'champion', version: versionId('churn@1') },
    simpleBaseline: { description: 'the base rate of the training rows', figures: [] },
    artifactDigest: aDigest,
    manifestDigest: aDigest,
    snapshotDigest: aDigest,
    splitDigest: aDigest,
    specRevision: 1,
    gates,
    decision: null,
    comparisonRows: {
      count: overall.rows,
      entities: overall.entities,
      from: null,
      until: null,
      excludedBecauseTrainedOn: 0,
      positives: overall.positives,
      meanLabel: (overall.positives ?? 0) / overall.rows,
    },
    family: { comparisons: 3, correction: 'none is needed' },
    overall,
    segments: [],
    worstSegment: null,
    segmentColumns: [],
    fairness: [],
    curves: {
      roc: { challenger: [], opponent: [] },
      calibration: [],
      gain: { challenger: [], opponent: null },
      deciles: [],
      scores: { edges: [], challenger: [], opponent: null },
    },
    importances: { challenger: [], opponent: null, ndcg: null },
    shift: { classes: null, scores: null, features: [] },
    sinceRelease: [],
    golden: [],
    turnedWrong: null,
    cost: { trainingMs: null, scoringMsPerThousand: null, worthIt: null },
    suspicions: [],
    waivers: [],
    verdict: overall.verdict,
  };
}

export function aContract({
  spec = aSpec(),
  overall = overallOf(scoredSample({ rows: 4_000 })),
}: {
  spec?: Spec;
  overall?: Comparison;
} = {}): DecisionContract {
  return decisionContract({
    spec,
    evidence: evidenceOf(overall),
    rolloutId: rolloutId('churn-1'),
    evidenceDigest: aDigest,
    challenger: versionId('churn@2'),
    champion: versionId('churn@1'),
  });
}

const DAY = 86_400_000;

/** Everything as an equal challenger shows it after a long step. */
export function liveEvidence(more: Partial<LiveEvidence> = {}): LiveEvidence {
  const { labels, champion, challenger } = scoredSample({ rows: 14_000, seed: 5 });
  return {
    asOf: '2026-03-01T00:00:00.000Z',
    stage: { sinceMs: 40 * DAY, predictions: 80_000, maturedOutcomes: 60_000 },
    errors: { control: groups(80_000, 0.002), challenger: groups(80_000, 0.002), shadow: { predictions: 20_000, errors: 40 } },
    latency: { controlP95Ms: 40, challengerP95Ms: 41, batches: batches(192) },
    conversion: { control: { entities: 60_000, positives: 15_000 }, challenger: { entities: 60_000, positives: 15_010 } },
    pairs: { labels: [...labels], champion: [...champion], challenger: [...challenger] },
    pairsStored: 14_000,
    copiesDropped: 0,
    ...more,
  };
}

export function groups(predictions: number, rate: number) {
  return Array.from({ length: 100 }, (_, group) => ({
    predictions: predictions / 100,
    errors: Math.floor(((group + 1) * predictions * rate) / 100) - Math.floor((group * predictions * rate) / 100),
  }));
}

/** Batches of 400 answers an arm, 5 % of control's over its p95. */
export function batches(length: number, more: Partial<LatencyBatch> = {}): LatencyBatch[] {
  return Array.from({ length }, (_, batch) => ({
    controlCount: 400,
    challengerCount: 400,
    controlOver: 20 + (batch % 3) - 1,
    challengerOver: 20 - (batch % 2),
    challengerOverTolerated: 10 + (batch % 2),
    ...more,
  }));
}
