/**
 * The demo's plan, rehearsed without its servers: the newsletter's own spec on the compressed clock, its traffic, and the real pieces that
 * assign, judge and move a rollout. If a margin, a duration or the judge changes so that the demo would end in doubt, it is told here.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Spec } from '../../src/domain/spec.ts';
import { seededRandom } from '../../src/statistics/random.ts';
import { sigmoid } from '../../src/training/logistic-regression.ts';
import { type DataFile, demoSpec, evaluated, frozenContract, type Model, trained } from './newsletter-models.ts';
import { type Ending, playRollout } from './played-rollout.ts';
import { type PlayedVisits, playedVisits } from './played-visits.ts';

const EQUAL_SEEDS = [0, 1, 2, 3, 4, 5, 6, 7];
const HARMED_SEEDS = [0, 1, 2, 3, 4];
/** The data files of the demo: the champion's, and others of the same size from the same law. */
const FILE: DataFile = { rows: 40_000, phase: 'after', seed: 2 };
const OLD_FILE: DataFile = { rows: 40_000, phase: 'before', seed: 1 };
/** Few files are enough: traffic and arms differ with every seed. */
const otherFile = (seed: number): DataFile => ({ ...FILE, seed: 100 + (seed % 4) });

const spec = demoSpec('newsletter');
const told: string[] = [];
let champion: Model;
const traffic = new Map<number, PlayedVisits>();

beforeAll(() => {
  champion = trained(spec, FILE);
});
afterAll(() => {
  process.stdout.write(`${told.map((line) => `  ${line}\n`).join('')}`);
});

interface Challenger {
  readonly spec: Spec;
  readonly onPaper: Model;
  readonly live: Model;
}

/** Judged on paper by what it was there, and live by what it is there. */
function play(name: string, seed: number, { spec, onPaper, live }: Challenger, opponent = champion): Ending {
  const evidence = evaluated({ spec, champion: opponent, challenger: onPaper }, otherFile(seed));
  const contract = frozenContract(spec, evidence, `newsletter-${name}-${seed}`);
  return playRollout(spec, { contract, visits: visitsOf(seed), champion: opponent, challenger: live, seed });
}

function visitsOf(seed: number): PlayedVisits {
  const known = traffic.get(seed) ?? playedVisits(500 + seed);
  traffic.set(seed, known);
  return known;
}

/** Standard deviation on the logit. */
const NOISE = 0.8;

function noisy(model: Model, seed: number): Model {
  const random = seededRandom(seed);
  return (row) => {
    const score = model(row);
    return sigmoid(Math.log(score / (1 - score)) + NOISE * random.normal());
  };
}

const endedAs = (endings: readonly Ending[], phase: Ending['rollout']['phase']) =>
  endings.filter(({ rollout }) => rollout.phase === phase).length;

/** The figures for whoever reads the test's output. */
function tell(name: string, endings: readonly Ending[]): void {
  const phases = [...new Set(endings.map(({ rollout }) => rollout.phase))].map((phase) => `${endedAs(endings, phase)} ${phase}`);
  const names = [...new Set(endings.flatMap(({ stages }) => stages.map((stage) => stage.name)))];
  const took = names.map((stage) => {
    const seconds = endings.flatMap(({ stages }) => stages.filter((each) => each.name === stage).map((each) => each.seconds));
    return `${stage} ${median(seconds)} s (at most ${Math.max(...seconds)})`;
  });
  told.push(
    `${name}: ${phases.join(', ')} of ${endings.length}; median ${median(endings.map(({ seconds }) => seconds))} s: ${took.join(', ')}`,
  );
  for (const { rollout, seconds } of endings) {
    if ('reason' in rollout) told.push(`  ${rollout.phase} after ${seconds} s: ${rollout.reason}`);
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
}

describe('under the plan of the demo', () => {
  test('challengers that are as good as the champion are promoted, and soon', () => {
    const equals = EQUAL_SEEDS.slice(0, 4).map((seed) => trained(spec, otherFile(seed)));
    const endings = EQUAL_SEEDS.map((seed) => {
      const equal = equals[seed % equals.length]!;
      return play('equal', seed, { spec, onPaper: equal, live: equal });
    });
    tell('equal challengers', endings);
    expect(endedAs(endings, 'promoted')).toBeGreaterThanOrEqual(7);
    expect(endedAs(endings, 'rolled-back') + endedAs(endings, 'rejected')).toBeLessThanOrEqual(1);
    // Two rollouts, two trainings and the watch have to fit into four minutes.
    expect(median(endings.map(({ seconds }) => seconds))).toBeLessThanOrEqual(60);
  }, 120_000);

  test("the demo's own challenger, trained after the shift, takes the part from a champion of before", () => {
    const old = trained(spec, OLD_FILE);
    const endings = HARMED_SEEDS.slice(0, 2).map((seed) => play('better', seed, { spec, onPaper: champion, live: champion }, old));
    tell('better challengers', endings);
    expect(endedAs(endings, 'promoted')).toBe(endings.length);
  });

  test('a model of the tempting column is heard, because the shadow is shorter than the maturity, and is then rolled back', () => {
    const tempted = demoSpec('newsletter-tempting');
    const model = trained(tempted, FILE);
    const endings = HARMED_SEEDS.map((seed) => play('tempting', seed, { spec: tempted, onPaper: model, live: model }));
    tell('tempting column', endings);
    expect(tempted.rollout.shadow.durationMs).toBeLessThan(tempted.label.maturityMs);
    for (const { rollout, stages } of endings) {
      expect(rollout.phase).toBe('rolled-back');
      expect(stages.map(({ name }) => name)).toEqual(['shadow', '5 %']);
    }
  });

  test('a shadow that outlasts the maturity would not even let it be heard', () => {
    const patient = demoSpec('newsletter-tempting', [{ path: 'rollout.shadow.duration', value: '20s' }]);
    const model = trained(patient, FILE);
    const { rollout, stages } = play('patient', 0, { spec: patient, onPaper: model, live: model });
    expect(rollout.phase).toBe('rejected');
    expect(stages.map(({ name }) => name)).toEqual(['shadow']);
  });

  test('a model whose scores are noise in part is never promoted', () => {
    const model = trained(spec, otherFile(0));
    const endings = HARMED_SEEDS.map((seed) => play('noisy', seed, { spec, onPaper: model, live: noisy(model, seed) }));
    tell('noisy scores', endings);
    expect(endedAs(endings, 'rolled-back') + endedAs(endings, 'rejected')).toBe(endings.length);
  });
});
