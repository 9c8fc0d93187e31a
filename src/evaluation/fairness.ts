/**
 * Whether groups are treated alike. Demographic parity: the same share is acted upon (Dwork et al. 2012). Equalised odds: the same
 * share of those with the outcome, and of those without, is acted upon (Hardt, Price & Srebro 2016); the larger gap is told.
 */
import type { FairnessFinding } from '../domain/evidence.ts';
import type { DecisionSpec, GateSpec } from '../domain/spec.ts';
import { judgeFairness } from '../gates/fairness-gate.ts';
import { bootstrapEstimate } from '../statistics/bootstrap.ts';
import { actedUpon } from './decided.ts';
import { type GroupRate, groupRates, type PreparedGroups } from './fairness-rates.ts';
import type { Drawn } from './figures.ts';
import type { FairnessColumn, ScoredRows } from './scored-rows.ts';
import { segmentsOf } from './segments.ts';

export function preparedGroups(rows: ScoredRows, { spec, values }: FairnessColumn, decision: DecisionSpec): PreparedGroups {
  const acted = actedUpon(rows.challenger, decision);
  const segments = segmentsOf({ name: spec.column, critical: false, columns: [values] });
  const codes = new Uint16Array(acted.length);
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
    cells: acted.map((decided, row) => 2 * decided + isPositive(row)),
    entities: rows.entities,
  };
}

export function fairnessFindings(
  { spec }: FairnessColumn,
  { groups }: PreparedGroups,
  { drawn, gates }: { drawn: Drawn; gates: GateSpec },
): FairnessFinding[] {
  const least = gates.minimumSegmentClass;
  const ratesOf = (rate: GroupRate, isLarge: (group: PreparedGroups['groups'][number]) => boolean) =>
    gapOf(
      groups.flatMap((group, index) => {
        const place = 3 * index + groupRates.indexOf(rate);
        const draws = drawn.column(place);
        const estimate = bootstrapEstimate(drawn.points[place]!, draws, { low: 0, high: 1 });
        return estimate && isLarge(group) ? [{ group: group.name, rows: group.rows, rate: estimate, draws }] : [];
      }),
      rate,
    );
  return spec.parity.map((kind): FairnessFinding => {
    const found =
      kind === 'demographic'
        ? ratesOf('acted-upon', ({ rows }) => rows >= least)
        : larger(
            ratesOf('true-positives', ({ positives }) => positives >= least),
            ratesOf('false-positives', ({ rows, positives }) => rows - positives >= least),
          );
    const limits = { column: spec.column, kind, tolerated: spec.tolerated, breach: spec.breach };
    return { ...limits, ...found, verdict: judgeFairness({ ...limits, ...found }) };
  });
}

type Gap = Pick<FairnessFinding, 'gap' | 'between' | 'groups' | 'rate'>;

/** Between the group with the highest rate and the one with the lowest; of 0 with fewer than two groups. */
function gapOf(groups: readonly (FairnessFinding['groups'][number] & { readonly draws: Float64Array })[], rate: GroupRate): Gap {
  const ranked = groups.toSorted((a, b) => b.rate.estimate - a.rate.estimate || (a.group < b.group ? -1 : 1));
  const [high, low] = [ranked[0], ranked.at(-1)];
  const listed = groups.map(({ draws: _, ...group }) => group);
  const nothing = { estimate: 0, interval: { low: 0, high: 0 }, standardError: null };
  if (!high || !low || high === low) return { rate, gap: nothing, between: [high?.group ?? '', low?.group ?? ''], groups: listed };
  const draws = high.draws.map((value, draw) => value - low.draws[draw]!);
  const gap = bootstrapEstimate(high.rate.estimate - low.rate.estimate, draws, { low: 0, high: 1 }) ?? nothing;
  return { rate, gap, between: [high.group, low.group], groups: listed };
}

function larger(one: Gap, other: Gap): Gap {
  return other.gap.estimate > one.gap.estimate ? other : one;
}
