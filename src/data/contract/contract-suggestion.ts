/**
 * A data contract to begin with, from what one snapshot holds: generous, because one snapshot has not seen everything, and commented,
 * because a person must decide what is a rule and what was a coincidence.
 */
import type { ColumnProfile, SnapshotProfile } from '../../domain/snapshot-profile.ts';
import type { Spec } from '../../domain/spec.ts';
import { isMap, isSeq, parseDocument, stringify } from 'yaml';
import { counted, percent } from '../words.ts';

export interface SuggestedRule {
  readonly column: string;
  readonly why: string;
  readonly limits: Readonly<Record<string, unknown>>;
}

/** Beyond these a list of values is no longer a rule that somebody keeps in mind. */
const FEW_CATEGORIES = 20;
const SHORT_TEXT = 100;
/** A null share may double, and be a percent more. */
const NULLS_FACTOR = 2;
const NULLS_MORE = 0.01;

/** Of what the spec describes; of every column while there is no spec. */
export function suggestRules({ columns, rows }: SnapshotProfile, spec: Pick<Spec, 'features' | 'inputs'> | null): SuggestedRule[] {
  const described = spec && new Set([...spec.features, ...spec.inputs].map(({ name }) => name));
  return columns.filter(({ name }) => described === null || described.has(name)).flatMap((column) => ruleOf(column, rows));
}

function ruleOf(column: ColumnProfile, rows: number): SuggestedRule[] {
  const nulls = nullLimit(column, rows);
  const seen = column.numbers ? numberLimits(column) : column.type === 'category' ? categoryLimits(column) : null;
  const limits = { ...seen?.limits, ...nulls.limits };
  if (Object.keys(limits).length === 0) return [];
  return [{ column: column.name, why: [seen?.why, nulls.why].filter(Boolean).join('; '), limits }];
}

type Part = Pick<SuggestedRule, 'why' | 'limits'>;

/** What never was below zero stays there; otherwise as far beyond the extremes again as they lie from the middle half. */
function numberLimits({ type, numbers }: ColumnProfile): Part | null {
  if (numbers === null || type !== 'number') return null;
  const at = (share: number) => numbers.quantiles.find((quantile) => quantile.share === share)?.value ?? numbers.mean;
  const [low, high] = [at(0.25), at(0.75)];
  const minimum = numbers.minimum >= 0 ? 0 : rounded(numbers.minimum - (low - numbers.minimum), Math.floor);
  const maximum = rounded(numbers.maximum + (numbers.maximum - high), Math.ceil);
  return { why: `seen ${numbers.minimum} to ${numbers.maximum}, half of them ${low} to ${high}`, limits: { minimum, maximum } };
}

function categoryLimits({ histogram, distinct }: ColumnProfile): Part | null {
  if (histogram?.kind !== 'category') return { why: 'the values look like identifiers', limits: {} };
  if (histogram.counts.length === 0) return null;
  const isReadable = histogram.counts.every(({ value }) => value.length <= SHORT_TEXT);
  const isShort = histogram.other === 0 && histogram.counts.length <= FEW_CATEGORIES && isReadable;
  if (isShort) {
    const allowed = histogram.counts.map(({ value }) => value);
    return {
      why: `${counted(allowed.length, 'value')}, the rarest in ${counted(histogram.counts.at(-1)?.count ?? 0, 'row')}`,
      limits: { allowed },
    };
  }
  const distinctBand = { minimum: Math.floor(distinct / 2), maximum: distinct * 2 };
  return { why: `about ${counted(distinct)} values`, limits: { distinct: distinctBand, maximumUnseen: 0.05 } };
}

function nullLimit({ nulls }: ColumnProfile, rows: number): Part {
  if (nulls === 0) return { why: '', limits: {} };
  const share = nulls / rows;
  const maximumNulls = Math.min(1, Math.round((share * NULLS_FACTOR + NULLS_MORE) * 100) / 100);
  return { why: `${percent(share)} missing`, limits: maximumNulls < 1 ? { maximumNulls } : {} };
}

/** To two figures, outwards. */
function rounded(value: number, round: (value: number) => number): number {
  if (value === 0 || !Number.isFinite(value)) return value;
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 1);
  return Number((round(value / unit) * unit).toPrecision(2));
}

/** As a section of a spec. */
export function suggestionInYaml(rules: readonly SuggestedRule[], { rows, latestAt }: SnapshotProfile): string {
  const least = Math.max(1, Math.floor(rows / 2));
  const document = parseDocument(
    stringify(
      { dataContract: { minimumRows: least, rules: rules.map(({ column, limits }) => ({ column, ...limits })) } },
      { flowCollectionPadding: true },
    ),
  );
  document.commentBefore = ` From a snapshot of ${counted(rows, 'row')}${latestAt ? `, the newest of ${latestAt}` : ''}. Keep what is a rule, drop what was a coincidence.`;
  const list = document.getIn(['dataContract', 'rules']);
  if (isSeq(list)) {
    for (const [index, item] of list.items.entries()) {
      if (!isMap(item)) continue;
      item.commentBefore = ` ${rules[index]!.why}`;
      item.flow = true;
    }
  }
  return document.toString({ lineWidth: 0 });
}
