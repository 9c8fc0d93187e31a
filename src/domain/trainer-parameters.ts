/** What may be set of our own trainers under `trainer.parameters`: what is usual, between which ends, and what it does. */
import { nearestName } from './nearest-name.ts';

export interface ParameterRule {
  readonly usual: number;
  /** Both ends included. */
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
  readonly words: string;
}

const LARGEST = 1e12;
const number = (usual: number, [least, most]: readonly [number, number], words: string): ParameterRule => ({
  usual,
  least,
  most,
  whole: false,
  words,
});
const whole = (usual: number, ends: readonly [number, number], words: string): ParameterRule => ({
  ...number(usual, ends, words),
  whole: true,
});

const trainerParameters = {
  'logistic-regression': {
    ridge: number(1, [1e-9, LARGEST], 'pull of the weights towards 0; 1 divided by the C of scikit-learn'),
    iterations: whole(100, [1, LARGEST], 'most steps of Newton; some 10 are needed'),
    tolerance: number(1e-10, [1e-300, 1], 'what a step must still gain, as a share of the loss'),
  },
  'linear-regression': {
    ridge: number(1, [1e-9, LARGEST], 'pull of the weights towards 0; the alpha of scikit-learn'),
  },
  'gradient-boosted-trees': {
    trees: whole(500, [1, 20_000], 'most trees; early stopping may keep fewer'),
    leaves: whole(31, [2, 1_024], 'most leaves of a tree'),
    depth: whole(0, [0, 1_000], 'most splits on the way to a leaf; 0: as many as it takes'),
    learningRate: number(0.05, [1e-4, 1], 'share of its answer that each tree adds'),
    minimumRows: whole(20, [1, LARGEST], 'fewest training rows of a leaf'),
    l2: number(1, [0, LARGEST], 'pull of the leaves towards 0'),
    minimumGain: number(0, [0, LARGEST], 'least that a split must gain'),
    bins: whole(255, [3, 255], 'bins of a feature, the one for missing values included'),
    featureShare: number(1, [0.01, 1], 'share of the features that a tree may use, drawn anew for each'),
    rowShare: number(1, [0.01, 1], 'share of the rows that a tree is grown on, drawn anew for each'),
    earlyStopping: whole(30, [0, LARGEST], 'trees without a better loss on the validation rows that end the training; 0: none do'),
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, ParameterRule>>>>;

export type OurTrainer = keyof typeof trainerParameters;
export type ParametersOf<Name extends OurTrainer> = Readonly<Record<keyof (typeof trainerParameters)[Name], number>>;

export interface ParameterProblem {
  readonly name: string;
  readonly expected: string;
  readonly found: string;
  /** The names there are, when it is none of them. */
  readonly known?: readonly string[];
}

export function isOurTrainer(name: string): name is OurTrainer {
  return Object.hasOwn(trainerParameters, name);
}

export function parameterProblems(trainer: OurTrainer, given: Readonly<Record<string, number>>): ParameterProblem[] {
  return Object.entries(given).flatMap(([name, value]) => {
    const rule = ruleOf(trainer, name);
    if (!rule) return [unknownParameter(trainer, name)];
    const isWithin = value >= rule.least && value <= rule.most && (!rule.whole || Number.isInteger(value));
    return isWithin ? [] : [{ name, expected: wordsOf(rule), found: String(value) }];
  });
}

export function unknownParameter(trainer: OurTrainer, name: string): ParameterProblem {
  const known = Object.keys(trainerParameters[trainer]);
  const nearest = nearestName(name, known);
  const hint = nearest && nearest !== name ? `; did you mean "${nearest}"?` : '';
  return { name, expected: known.join(', '), found: `"${name}"${hint}`, known };
}

export function ruleOf(trainer: OurTrainer, name: string): ParameterRule | undefined {
  const rules: Readonly<Record<string, ParameterRule>> = trainerParameters[trainer];
  return Object.hasOwn(rules, name) ? rules[name] : undefined;
}

export function withUsual<Name extends OurTrainer>(trainer: Name, given: Readonly<Record<string, number>>): ParametersOf<Name> {
  const usual = Object.fromEntries(Object.entries(trainerParameters[trainer]).map(([name, { usual }]) => [name, usual]));
  return { ...usual, ...given } as ParametersOf<Name>;
}

function wordsOf({ least, most, whole }: ParameterRule): string {
  const kind = whole ? 'a whole number' : 'a number';
  return most >= LARGEST ? `${kind} of at least ${least}` : `${kind} from ${least} to ${most}`;
}
