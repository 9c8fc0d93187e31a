/** Where a feature comes from and who uses it: source column -> feature -> versions. */
import { canonical } from '../domain/canonical.ts';
import { formatDuration } from '../domain/duration.ts';
import type { VersionId } from '../domain/ids.ts';
import type { Derivation, FeatureSpec } from '../domain/feature-spec.ts';
import { operandsOf } from './derive.ts';
import { type Encoder, encodedValues } from './encoder.ts';
import type { Described } from './raw-inputs.ts';

export interface FeatureLineage {
  readonly feature: string;
  readonly type: FeatureSpec['type'];
  readonly owner: string;
  readonly version: number;
  readonly description: string;
  /** In words. */
  readonly made: string;
  /** Columns of the source, and of tables of events as `table.column`, that it is made of in the end. */
  readonly sources: readonly string[];
  readonly usedBy: readonly { readonly version: VersionId; readonly definition: 'same' | 'other' }[];
}

export interface UsingVersion {
  readonly version: VersionId;
  readonly encoder: Encoder;
}

export function lineageOf(described: Described, versions: readonly UsingVersion[]): FeatureLineage[] {
  const byName = new Map(described.features.map((feature) => [feature.name, feature]));
  return described.features.map((feature) => ({
    feature: feature.name,
    type: feature.type,
    owner: feature.owner,
    version: feature.version,
    description: feature.description,
    made: inWords(feature.derive),
    sources: [...new Set(sourcesOf(feature.name, byName))],
    usedBy: versions.flatMap(({ version, encoder }) => useOf(feature, version, encoder)),
  }));
}

function sourcesOf(name: string, features: ReadonlyMap<string, FeatureSpec>): readonly string[] {
  const derive = features.get(name)?.derive ?? null;
  if (derive === null) return [name];
  if (derive.kind === 'aggregate') return [`${derive.table}.${derive.column ?? '*'}`];
  return operandsOf(derive).flatMap((operand) => sourcesOf(operand, features));
}

/** A place of its own is what makes a value a feature; an input that others are made of is none. */
function useOf({ name, derive }: FeatureSpec, version: VersionId, encoder: Encoder): FeatureLineage['usedBy'] {
  const values = encodedValues(encoder);
  const index = values.findIndex((value) => value.name === name);
  const value = values[index];
  if (value === undefined || !encoder.columns.some(({ input }) => input === index)) return [];
  const definition = 'derive' in value ? value.derive : (value.online ?? null);
  return [{ version, definition: canonical(definition) === canonical(derive) ? 'same' : 'other' }];
}

const functions = {
  count: 'how many',
  sum: 'sum of',
  mean: 'mean of',
  min: 'smallest of',
  max: 'largest of',
  distinct: 'different values of',
  'days-since': 'days since the last of',
} as const;

function inWords(derive: Derivation | null): string {
  switch (derive?.kind) {
    case undefined:
      return 'the column itself';
    case 'ratio':
      return `${derive.of} divided by ${derive.to}`;
    case 'log':
      return `ln(1 + ${derive.of})`;
    case 'bins':
      return `${derive.of} in bins at ${derive.edges.join(', ')}`;
    case 'recency':
      return `days since ${derive.of}`;
    case 'frequency':
      return `${derive.of} in ${derive.days} days, since ${derive.since}`;
    case 'season':
      return `${derive.wave} of the ${derive.cycle} of ${derive.of ?? 'the prediction'}`;
    case 'cross':
      return derive.of.join(' × ');
    case 'missing':
      return `whether ${derive.of} is missing`;
    case 'aggregate': {
      const what = derive.column === null ? derive.table : `${derive.table}.${derive.column}`;
      const over = derive.windowMs === null ? '' : ` over ${formatDuration(derive.windowMs)}`;
      return `${functions[derive.function]} ${what}${over}`;
    }
  }
}
