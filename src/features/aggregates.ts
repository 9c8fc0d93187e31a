/** What the online values of an aggregate are filed under: its definition, so that two versions with different ones don't mix. */
import { formatDuration } from '../domain/duration.ts';
import type { Derivation } from '../domain/feature-spec.ts';

export type Aggregate = Extract<Derivation, { readonly kind: 'aggregate' }>;

const DAY_MS = 86_400_000;

/** Such as `orders.sum(amount) over 30d`. What is said where there was no event is not part of it. */
export function aggregateKey({ table, function: name, column, windowMs }: Aggregate): string {
  return `${table}.${name}(${column ?? ''})${windowMs === null ? '' : ` over ${exactly(windowMs)}`}`;
}

function exactly(ms: number): string {
  return ms % 1_000 === 0 ? formatDuration(ms) : `${ms}ms`;
}

/** Days since the last event, `at` a time; the last event is kept instead of the days, so that the answer is right at any time. */
export function daysSince(lastMs: number, at: number): number {
  return (at - lastMs) / DAY_MS;
}
