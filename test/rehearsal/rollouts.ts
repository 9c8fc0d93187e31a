/**
 * Whole rollouts against the real judge: a seeded population answers, evidence grows from look to look, and the verdicts move the
 * rollout along its stages. Nothing of the judge is replaced.
 */
import type { GroupCounts, JudgedStage, LatencyBatch, LiveEvidence } from '../../src/domain/decision-contract.ts';
import { judgeLive } from '../../src/gates/live-judge.ts';
import { type Random, seededRandom } from '../../src/statistics/random.ts';
import { aContract, overallOf, scoredSample } from '../gates/fixtures.ts';

export interface Population {
  readonly baseRate: number;
  /** The challenger's AUC; the champion has 0.80. */
  readonly challengerAuc: number;
  /** The challenger's conversion as a part of control's. */
  readonly conversion: number;
  readonly errorRates: { readonly control: number; readonly challenger: number };
  /** Share of the challenger's answers beyond control's p95, and beyond what is tolerated. */
  readonly slow: { readonly over: number; readonly overTolerated: number };
}

export const equal: Population = {
  baseRate: 0.25,
  challengerAuc: 0.8,
  conversion: 1,
  errorRates: { control: 0.005, challenger: 0.005 },
  slow: { over: 0.05, overTolerated: 0.028 },
};

export type Ending = 'promoted' | 'rolled back' | 'undecided';

const LOOKS_A_STAGE = 3;
const LOOKS_OF_LAST_STEP = 6;
const BATCHES = 96;
const ANSWERS_A_BATCH = 100;
/** The last step may take a quarter more than its plan before it counts as undecided. */
const EXTENSION = 1.25;

const contract = aContract({ overall: overallOf(scoredSample({ rows: 20_000, seed: 77 })) });

const planned = (...metrics: string[]) =>
  Math.max(...contract.metrics.filter(({ metric }) => metrics.includes(metric)).map(({ plannedRows }) => plannedRows));
const entitiesAnArm = planned('conversion');
const pairsInAll = planned('auc', 'log-loss');

function rehearse(population: Population, seed: number): Ending {
  const world = aWorld(population, seed);
  for (const { stage, progress } of looks()) {
    const { verdict } = judgeLive(contract, world.evidenceAt(progress), stage);
    if (verdict.kind === 'fail') return 'rolled back';
    if (verdict.kind === 'pass' && stage.kind === 'step' && stage.step === contract.steps.length - 1) return 'promoted';
  }
  return 'undecided';
}

/** Shadow and early steps see a twentieth, a tenth and a fifth of the planned evidence; the last step all of it and a little more. */
function looks(): { stage: JudgedStage; progress: number }[] {
  const since = '2026-01-01T00:00:00.000Z';
  const early = [
    { kind: 'shadow', since } as const,
    ...contract.steps.slice(0, -1).map((_, step) => ({ kind: 'step', step, since }) as const),
  ];
  const last = { kind: 'step', step: contract.steps.length - 1, since } as const;
  return [
    ...early.flatMap((stage, index) =>
      Array.from({ length: LOOKS_A_STAGE }, (_, look) => ({ stage, progress: 0.05 * 2 ** index * ((look + 1) / LOOKS_A_STAGE) })),
    ),
    ...Array.from({ length: LOOKS_OF_LAST_STEP }, (_, look) => ({
      stage: last,
      progress: 0.25 + ((EXTENSION - 0.25) * (look + 1)) / LOOKS_OF_LAST_STEP,
    })),
  ];
}

/** Everything is drawn once; a look sees its beginning, so that evidence grows and nothing is drawn anew. */
function aWorld(population: Population, seed: number) {
  const random = seededRandom(seed);
  const size = (planned: number) => Math.ceil(EXTENSION * planned);
  const sample = scoredSample({
    rows: size(pairsInAll),
    baseRate: population.baseRate,
    challengerAuc: population.challengerAuc,
    seed: seed + 1_000_000,
  });
  const control = runningTotals(random, size(entitiesAnArm), population.baseRate);
  const challenger = runningTotals(random, size(entitiesAnArm), population.baseRate * population.conversion);
  const errors = { control: anArm(random, population.errorRates.control), challenger: anArm(random, population.errorRates.challenger) };
  const latency = Array.from({ length: BATCHES }, () => aBatch(random, population.slow));

  function evidenceAt(progress: number): LiveEvidence {
    const entities = Math.min(control.length, Math.ceil(progress * entitiesAnArm));
    const pairs = Math.min(sample.labels.length, Math.ceil(progress * pairsInAll));
    const share = Math.min(1, progress / EXTENSION);
    return {
      asOf: '2026-03-01T00:00:00.000Z',
      stage: { sinceMs: 10 * 86_400_000, predictions: 10_000, maturedOutcomes: Math.max(200, entities) },
      errors: { control: errors.control(share), challenger: errors.challenger(share), shadow: { predictions: 5_000, errors: 10 } },
      latency: { controlP95Ms: 40, challengerP95Ms: 42, batches: latency.slice(0, Math.max(24, Math.floor(share * BATCHES))) },
      conversion: {
        control: { entities, positives: control[entities - 1]! },
        challenger: { entities, positives: challenger[entities - 1]! },
      },
      pairs: {
        labels: Array.from(sample.labels.subarray(0, pairs)),
        champion: Array.from(sample.champion.subarray(0, pairs)),
        challenger: Array.from(sample.challenger.subarray(0, pairs)),
      },
      pairsStored: pairs,
      copiesDropped: 0,
    };
  }
  return { evidenceAt };
}

function runningTotals(random: Random, entities: number, rate: number): Uint32Array {
  const totals = new Uint32Array(entities);
  let positives = 0;
  for (let entity = 0; entity < entities; entity++) {
    if (random.uniform() < rate) positives += 1;
    totals[entity] = positives;
  }
  return totals;
}

/** A hundred groups of entities that come back one to five times; how often an entity fails is its own. */
function anArm(random: Random, rate: number): (share: number) => GroupCounts[] {
  const groups = Array.from({ length: 100 }, () =>
    Array.from({ length: 40 }, () => {
      const predictions = 1 + Math.floor(5 * random.uniform());
      const own = 2 * rate * random.uniform();
      const errors = Array.from({ length: predictions }, () => random.uniform()).filter((draw) => draw < own).length;
      return { predictions, errors };
    }),
  );
  return (share) =>
    groups.map((entities) => {
      const seen = entities.slice(0, Math.max(4, Math.ceil(share * entities.length)));
      return seen.reduce((sum, entity) => ({ predictions: sum.predictions + entity.predictions, errors: sum.errors + entity.errors }), {
        predictions: 0,
        errors: 0,
      });
    });
}

/** Fifteen minutes: a shock that both arms share, and chance. */
function aBatch(random: Random, slow: Population['slow']): LatencyBatch {
  const shock = Math.exp(0.3 * random.normal() - 0.045);
  const draws = (rate: number) =>
    Array.from({ length: ANSWERS_A_BATCH }, () => random.uniform()).filter((draw) => draw < rate * shock).length;
  const challengerOver = draws(slow.over);
  const beyond = Array.from({ length: challengerOver }, () => random.uniform()).filter(
    (draw) => draw < slow.overTolerated / slow.over,
  ).length;
  return {
    controlCount: ANSWERS_A_BATCH,
    challengerCount: ANSWERS_A_BATCH,
    controlOver: draws(0.05),
    challengerOver,
    challengerOverTolerated: beyond,
  };
}

export function endings(population: Population, seeds: { from: number; count: number }): Record<Ending, number> {
  const seen: Record<Ending, number> = { promoted: 0, 'rolled back': 0, undecided: 0 };
  for (let seed = seeds.from; seed < seeds.from + seeds.count; seed++) seen[rehearse(population, seed)] += 1;
  return {
    promoted: seen.promoted / seeds.count,
    'rolled back': seen['rolled back'] / seeds.count,
    undecided: seen.undecided / seeds.count,
  };
}
