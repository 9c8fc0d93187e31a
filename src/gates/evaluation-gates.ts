/**
 * Offline evidence and margins into a verdict. Intervals decide, not points: a figure passes when its interval excludes a loss beyond
 * the margin, fails when a loss beyond the margin is shown, and anything between is doubt.
 *
 * Errors over the family of judged figures (the overall comparison and the critical segments). Passing needs no correction: the whole
 * passes only when every figure does (intersection-union; Berger 1982). Failing does: one of many figures looks bad by chance, so
 * harm is shown only where it survives Holm's step-down procedure (Holm 1979) at 2.5 %, one-sided.
 */
import { type Comparison, type Estimate, figureOf, type MetricFigure, type MetricName } from '../domain/evidence.ts';
import type { GateSpec, Task } from '../domain/spec.ts';
import { combine, fail, inconclusive, pass, type Verdict } from '../domain/verdict.ts';
import { normalCdf } from '../statistics/normal.ts';
import { metricDigits, metricWords } from './metric-words.ts';
import { count, figure as digits, range } from './wording.ts';

export type MeasuredFigure = Omit<MetricFigure, 'margin' | 'verdict'>;
/** A comparison before it is judged; `tooSmall` is the sentence that says so. */
export type Measured = Omit<Comparison, 'figures' | 'verdict' | 'tooSmall'> & {
  readonly figures: readonly MeasuredFigure[];
  readonly tooSmall: string | null;
};
export type Opponent = 'champion' | 'simple-baseline';

export interface Rules {
  readonly task: Task;
  readonly gates: GateSpec;
  readonly against: Opponent;
}

export interface JudgedEvaluation {
  readonly overall: Comparison;
  readonly segments: readonly Comparison[];
  readonly family: { readonly comparisons: number; readonly correction: string };
  readonly worstSegment: string | null;
  readonly verdict: Verdict;
}

/** One-sided; the 95 % interval has as much on either side. */
const ALPHA = 0.025;

const CORRECTION =
  'The whole passes only if every judged figure, overall and in each critical segment, passes at 95 %, which needs no correction (intersection-union); a figure fails only where harm beyond its margin survives Holm’s correction over all of them. Other segments are reported, each at 95 % by itself, and decide nothing.';

export function judgeComparisons(overall: Measured, segments: readonly Measured[], rules: Rules): JudgedEvaluation {
  const withMargins = [
    marginsOn(overall, rules, 1),
    ...segments.map((segment) => marginsOn(segment, rules, rules.gates.segmentMarginFactor)),
  ];
  const family = withMargins.filter(({ critical, tooSmall }) => critical && tooSmall === null);
  const shown = rules.against === 'champion' ? harmShown(family.flatMap(({ figures }) => figures)) : new Set<Marked>();
  const judged = withMargins.map((comparison) => {
    // What decides nothing is its own family.
    const harm = family.includes(comparison) ? shown : harmShown(comparison.figures);
    return judgedOne(comparison, harm, rules);
  });
  const [first, ...others] = judged as [Comparison, ...Comparison[]];
  return {
    overall: first,
    segments: others,
    family: {
      comparisons: family.flatMap(({ figures }) => figures.filter(({ margin }) => margin !== null)).length,
      correction: CORRECTION,
    },
    worstSegment: worstOf(others),
    verdict: judgeEvaluation(first, others),
  };
}

/**
 * The overall comparison and the critical segments that could be judged. A segment with too few rows is reported, not counted:
 * a rare value would otherwise hold up every version for ever.
 */
function judgeEvaluation(overall: Comparison, segments: readonly Comparison[]): Verdict {
  const counted = segments.filter((segment) => segment.critical && !segment.tooSmall);
  return combine([overall.verdict, ...counted.map(({ verdict }) => verdict)]);
}

type Marked = MeasuredFigure & { readonly margin: number | null };
type WithMargins = Omit<Measured, 'figures'> & { readonly figures: readonly Marked[] };

function marginsOn(measured: Measured, rules: Rules, factor: number): WithMargins {
  return { ...measured, figures: measured.figures.map((given) => ({ ...given, margin: marginOf(given, rules, factor) })) };
}

/** In the metric's own units. Against the simple baseline something must be gained, and other figures are only reported. */
function marginOf({ metric, opponent }: MeasuredFigure, { gates, task, against }: Rules, factor: number): number | null {
  if (against === 'simple-baseline') return mustBeat[task].includes(metric) ? 0 : null;
  if (metric === 'auc') return factor * gates.aucMargin;
  const relative = { 'log-loss': gates.logLossMargin, brier: gates.brierMargin, ...gates.margins }[metric as string];
  return relative === undefined || opponent === null ? null : factor * relative * Math.abs(opponent.estimate);
}

/** What a first champion must be shown to do better than the simple baseline. */
const mustBeat: Readonly<Record<Task, readonly MetricName[]>> = {
  'binary-classification': ['auc', 'log-loss'],
  regression: ['rmse'],
  uplift: ['qini'],
};

/** Holm 1979: the smallest p must be below alpha / m, the next below alpha / (m - 1), and so on until one is not. */
function harmShown(figures: readonly Marked[]): ReadonlySet<Marked> {
  const tested = figures
    .filter(({ margin, gain }) => margin !== null && gain !== null)
    .map((given) => ({ given, p: chanceOfHarm(given.gain!, given.margin!) }))
    .toSorted((a, b) => a.p - b.p);
  const shown = new Set<Marked>();
  for (const [index, { given, p }] of tested.entries()) {
    if (!(p < ALPHA / (tested.length - index))) break;
    shown.add(given);
  }
  return shown;
}

/** One-sided p of the gain against a loss of exactly the margin. */
function chanceOfHarm({ estimate, standardError, interval }: Estimate, margin: number): number {
  if (standardError === null || !(standardError > 0)) return interval.high < -margin ? 0 : 1;
  return normalCdf((estimate + margin) / standardError);
}

function judgedOne({ tooSmall, figures, ...comparison }: WithMargins, harm: ReadonlySet<Marked>, rules: Rules): Comparison {
  const judged = figures.map((given): MetricFigure => ({ ...given, verdict: verdictOn(given, harm.has(given), rules.against) }));
  const verdicts = judged.flatMap(({ verdict }) => verdict ?? []);
  const verdict =
    tooSmall !== null
      ? inconclusive(tooSmall)
      : verdicts.length > 0
        ? combine(verdicts)
        : inconclusive(`${count(comparison.rows)} rows gave no figures to compare`);
  return { ...comparison, tooSmall: tooSmall !== null, figures: judged, verdict: named(comparison.name, verdict) };
}

function named(name: string, verdict: Verdict): Verdict {
  return name === 'overall' ? verdict : { ...verdict, reasons: verdict.reasons.map((reason) => `${name}: ${reason}`) };
}

function verdictOn(given: Marked, isHarmful: boolean, against: Opponent): Verdict | null {
  if (given.margin === null) return null;
  return against === 'champion' ? nonInferior(given, given.margin, isHarmful) : betterThanBaseline(given);
}

function nonInferior(given: Marked, margin: number, isHarmful: boolean): Verdict {
  const figures = inWords(given, margin);
  const { gain } = given;
  if (gain === null || ![gain.interval.low, gain.interval.high, gain.estimate, margin].every(Number.isFinite))
    return inconclusive(`${figures}: not a number, so nothing is shown`);
  if (isHarmful) return fail(`${figures}: worse beyond the margin, fail`);
  if (gain.interval.low > -margin) return pass(`${figures}: pass`);
  return inconclusive(`${figures}: a loss beyond the margin is not excluded`);
}

function betterThanBaseline({ metric, challenger, opponent, gain }: Marked): Verdict {
  const words = (value: number) => digits(value, metricDigits(metric));
  if (metric === 'auc') {
    const figures = `AUC ${words(challenger.estimate)} (95 %: ${range(challenger.interval, words)})`;
    if (challenger.interval.low > 0.5) return pass(`${figures}: better than chance`);
    return inconclusive(`${figures}: not shown to be better than chance`);
  }
  const figures = `${metricWords[metric]} ${words(challenger.estimate)} against ${opponent ? words(opponent.estimate) : 'nothing'} of the simple baseline`;
  if (gain && gain.interval.low > 0) return pass(`${figures}: better`);
  const interval = gain ? ` (95 % of the gain: ${range(gain.interval, words)})` : '';
  return inconclusive(`${figures}${interval}: not shown to be better`);
}

/** Of a value; honest ones leave more open, while a column made from the label leaves next to nothing. */
const SUSPICIOUS_R_SQUARED = 0.99;

/** Too good to be true is doubt: most such models know the outcome from a feature. */
export function tooGood(overall: Pick<Comparison, 'figures'>, { suspiciousAuc }: GateSpec): string | null {
  const limits = { auc: suspiciousAuc, 'r-squared': SUSPICIOUS_R_SQUARED } as const;
  for (const metric of ['auc', 'r-squared'] as const) {
    const found = figureOf(overall, metric)?.challenger.estimate;
    if (found === undefined || !(found >= limits[metric])) continue;
    return `${metricWords[metric]} ${digits(found, 3)} is too good to be true (suspicious from ${digits(limits[metric], 2)}): does a feature know the outcome?`;
  }
  return null;
}

/** The lowest bound of a gain against what may be lost (of a first champion: against the baseline's own figure), where it can be judged. */
function worstOf(segments: readonly Comparison[]): string | null {
  const ranked = segments
    .filter(({ tooSmall }) => !tooSmall)
    .flatMap(({ name, figures }) =>
      figures.flatMap(({ gain, margin, opponent }) => {
        if (!gain || margin === null) return [];
        return [{ name, loss: -gain.interval.low / (margin > 0 ? margin : Math.abs(opponent?.estimate ?? 1)) }];
      }),
    )
    .filter(({ loss }) => Number.isFinite(loss))
    .toSorted((a, b) => b.loss - a.loss);
  return ranked[0]?.name ?? null;
}

function inWords({ metric, challenger, opponent, gain }: Marked, margin: number): string {
  const words = (value: number) => digits(value, metricDigits(metric));
  const figures = `${metricWords[metric]} ${words(challenger.estimate)} against ${opponent ? words(opponent.estimate) : 'nothing'}`;
  return gain ? `${figures}: gain ${words(gain.estimate)} (95 %: ${range(gain.interval, words)}), margin -${words(margin)}` : figures;
}
