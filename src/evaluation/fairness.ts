/**
 * Whether groups are treated alike. Demographic parity: the same share is acted upon (Dwork et al. 2012). Equalised odds: the same
 * share of those with the outcome, and of those without, is acted upon (Hardt, Price & Srebro 2016); the larger gap is told.
 */
import type { FairnessFinding } from '../domain/evidence.ts';
import type { DecisionSpec, GateSpec } from '../domain/spec.ts';
import { judgeFairness } from '../gates/fairness-gate.ts';
import { bootstrapEstimate } from '../statistics/bootstrap.ts';
import { largestGap } from '../statistics/largest-gap.ts';
import { decidedOn } from './decided.ts';
import { type GroupRate, groupRates, type PreparedGroups } from './fairness-rates.ts';
import type { Drawn } from './figures.ts';
import type { FairnessColumn, ScoredRows } from './scored-rows.ts';
import { segmentsOf } from './segments.ts';

export function preparedGroups(rows: ScoredRows, { spec, values }: FairnessColumn, decision: DecisionSpec): PreparedGroups {
  const { rows: decided, chance } = decidedOn(rows.challenger, decision);
  const segments = segmentsOf({ name: spec.column, critical: false, columns: [values] });
  const codes = new Uint16Array(decided.length);
  segments.forEach((segment, code) => {
    for (const row of segment.rows) codes[row] = code;
  });
  const isPositive = (row: number) => (rows.targets[row] === 1 ? 1 : 0);
  return {
    column: spec.column,
    groups: segments.map(({ name, rows: found }) => ({
      name: name.slice(spec.column.length + 3),
      rows: found.length,
      positives: found.reduce((sum, row) => sum + isPositive(row), 0),
    })),
    codes,
    cells: decided.map((what, row) => 2 * what + isPositive(row)),
    chance,
    entities: rows.entities,
  };
}

export function fairnessFindings(
  { spec }: FairnessColumn,
  { groups }: PreparedGroups,
  { drawn, gates }: { drawn: Drawn; gates: GateSpec },
): FairnessFinding[] {
  const least = gates.minimumSegmentClass;
  const ratesOf = (rate: GroupRate, rowsOf: (group: PreparedGroups['groups'][number]) => number): Gap => {
    const compared = groups.flatMap((group, index) => {
      const place = groupRates.length * index + groupRates.indexOf(rate);
      const draws = drawn.column(place);
      const estimate = bootstrapEstimate(drawn.points[place]!, draws, { low: 0, high: 1 });
      return estimate && rowsOf(group) >= least ? [{ group: group.name, rows: group.rows, rate: estimate, draws }] : [];
    });
    const tooSmall = groups.filter(({ name }) => !compared.some(({ group }) => group === name));
    return { ...gapOf(compared, rate), tooSmall: tooSmall.map(({ name, rows }) => ({ group: name, rows })) };
  };
  return spec.parity.map((kind): FairnessFinding => {
    const found =
      kind === 'demographic'
        ? ratesOf('acted-upon', ({ rows }) => rows)
        : larger(
            ratesOf('true-positives', ({ positives }) => positives),
            ratesOf('false-positives', ({ rows, positives }) => rows - positives),
          );
    const limits = { column: spec.column, kind, tolerated: spec.tolerated, breach: spec.breach };
    return { ...limits, ...found, verdict: judgeFairness({ ...limits, ...found }) };
  });
}

type Gap = Pick<FairnessFinding, 'gap' | 'between' | 'groups' | 'rate' | 'tooSmall'>;

/** Between the group with the highest rate and the one with the lowest; of 0 with fewer than two groups. */
function gapOf(groups: readonly (FairnessFinding['groups'][number] & { readonly draws: Float64Array })[], rate: GroupRate): Gap {
  const ranked = groups.toSorted((a, b) => b.rate.estimate - a.rate.estimate || (a.group < b.group ? -1 : 1));
  const gap = largestGap(groups) ?? { estimate: 0, interval: { low: 0, high: 0 }, standardError: null };
  return {
    rate,
    gap,
    between: [ranked[0]?.group ?? '', ranked.at(-1)?.group ?? ''],
    groups: groups.map(({ draws: _, ...group }) => group),
  };
}

/** The odds are as far apart as the rate that is farther apart; what the other one leaves open stays open. */
function larger(one: Gap, other: Gap): Gap {
  const [more, less] = other.gap.estimate > one.gap.estimate ? [other, one] : [one, other];
  if (less.groups.length < 2 || more.groups.length < 2) return more;
  const [a, b] = [more.gap.interval, less.gap.interval];
  return { ...more, gap: { ...more.gap, interval: { low: Math.max(a.low, b.low), high: Math.max(a.high, b.high) } } };
}
