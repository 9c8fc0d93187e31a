/** From written features to those of a `Spec`: the type of a derived one follows from its derivation. */
import type { Derivation, EventTableSpec, FeatureSpec, InputSpec } from '../domain/feature-spec.ts';
import { aggregates, type WrittenEvents, type WrittenFeature, type WrittenInputs } from './feature-schema.ts';
import { usualFormat } from '../domain/source-format.ts';

const usualTransform = { number: 'standardise', category: 'one-hot', boolean: 'none' } as const;
const DAY_MS = 86_400_000;
const USUAL_PERIOD_MS = 30 * DAY_MS;

export interface Named {
  readonly owner: string;
  /** The model's own time column: in a feature it means the time of the prediction. */
  readonly timeColumn: string | null;
}

export function featureOf(name: string, feature: WrittenFeature, { owner, timeColumn }: Named): FeatureSpec {
  const derive = derivationOf(feature, timeColumn);
  const type = feature.type ?? typeOf(derive);
  if (type === null) throw new RangeError(`the feature ${name} has no type: feature-checks.ts should have refused it`);
  return {
    name,
    type,
    // A derived value is missing wherever an operand is, and an online one wherever it could not be read.
    nullable: feature.nullable ?? (derive !== null && derive.kind !== 'missing'),
    derive,
    monotone: feature.monotone,
    owner: feature.owner ?? owner,
    version: feature.version,
    transform: feature.transform ?? usualTransform[type],
    maxCategories: feature.maxCategories,
    description: feature.description,
  };
}

export function inputsOf(inputs: WrittenInputs): InputSpec[] {
  return Object.entries(inputs).map(([name, input]) => ({ name, ...input }));
}

export function eventTablesOf(events: WrittenEvents): EventTableSpec[] {
  return Object.entries(events).map(([name, { staleAfter, format, separator, decimal, ...table }]) => ({
    name,
    ...table,
    ...(separator !== null && { separator }),
    ...(decimal !== null && { decimal }),
    format: format ?? usualFormat(table),
    staleAfterMs: staleAfter,
  }));
}

/** Null for a feature that is a column. */
export function derivationOf(written: WrittenFeature, timeColumn: string | null): Derivation | null {
  const { ratio, log, bins, edges, recency, frequency, since, per, season, cycle, wave, cross, missing } = written;
  if (ratio !== null) return { kind: 'ratio', of: ratio[0] ?? '', to: ratio[1] ?? '' };
  if (log !== null) return { kind: 'log', of: log };
  if (bins !== null) return { kind: 'bins', of: bins, edges: edges ?? [] };
  if (recency !== null) return { kind: 'recency', of: recency };
  if (frequency !== null) return { kind: 'frequency', of: frequency, since: since ?? '', days: (per ?? USUAL_PERIOD_MS) / DAY_MS };
  if (season !== null) return { kind: 'season', of: season === timeColumn ? null : season, cycle: cycle ?? 'week', wave: wave ?? 'sine' };
  if (cross !== null) return { kind: 'cross', of: cross };
  if (missing !== null) return { kind: 'missing', of: missing };
  return aggregateOf(written);
}

/** `sum: orders.amount` names a table and, but for count and daysSince, a column of it. */
export function tableAndColumn(written: string): { table: string; column: string | null } {
  const dot = written.indexOf('.');
  return dot < 0 ? { table: written, column: null } : { table: written.slice(0, dot), column: written.slice(dot + 1) };
}

function aggregateOf(written: WrittenFeature): Derivation | null {
  const key = aggregates.find((each) => written[each] !== null);
  if (key === undefined) return null;
  const { table, column } = tableAndColumn(written[key] ?? '');
  // Nothing happened no times, and sums to nothing; but there is no mean of nothing.
  const usually = key === 'count' || key === 'distinct' || key === 'sum' ? 0 : null;
  return {
    kind: 'aggregate',
    table,
    function: key === 'daysSince' ? 'days-since' : key,
    column,
    windowMs: written.window,
    otherwise: written.otherwise ?? usually,
  };
}

export function typeOf(derivation: Derivation | null): FeatureSpec['type'] | null {
  switch (derivation?.kind) {
    case undefined:
      return null;
    case 'bins':
    case 'cross':
      return 'category';
    case 'missing':
      return 'boolean';
    case 'ratio':
    case 'log':
    case 'recency':
    case 'frequency':
    case 'season':
    case 'aggregate':
      return 'number';
  }
}
