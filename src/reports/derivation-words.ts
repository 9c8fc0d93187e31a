import { formatDuration } from '../domain/duration.ts';
import type { Derivation } from '../domain/feature-spec.ts';

/** How a feature is made, for people who have not seen the spec. */
export function describeDerivation(derive: Derivation): string {
  switch (derive.kind) {
    case 'ratio':
      return `${derive.of} divided by ${derive.to}`;
    case 'log':
      return `logarithm of ${derive.of}`;
    case 'bins':
      return `${derive.of} in bins with the edges ${derive.edges.join(', ')}`;
    case 'recency':
      return `days since ${derive.of}`;
    case 'frequency':
      return `${derive.of} for each ${derive.days} days since ${derive.since}`;
    case 'season':
      return `place of ${derive.of} in the ${derive.cycle} (${derive.wave})`;
    case 'cross':
      return derive.of.join(' × ');
    case 'missing':
      return `whether ${derive.of} is missing`;
    case 'aggregate':
      return aggregateWords(derive);
  }
}

function aggregateWords({ function: name, table, column, windowMs }: Derivation & { kind: 'aggregate' }): string {
  const of = column === null ? '' : ` of ${column}`;
  const within = windowMs === null ? '' : ` in the ${formatDuration(windowMs)} before`;
  return `${name}${of} of the events in ${table}${within}`;
}
