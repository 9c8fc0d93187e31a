/** The aggregates of events that a version reads online when a request leaves them out, and a row that has been given them. */
import { type Aggregate, aggregateKey, daysSince } from '../features/aggregates.ts';
import type { FeatureRow, FeatureValue } from '../features/columns.ts';
import type { Encoder } from '../features/encoder.ts';

export interface OnlineInput {
  readonly name: string;
  readonly nullable: boolean;
  readonly aggregate: Aggregate;
  readonly key: string;
}

/** By definition: the value, null where there was no event; what is not in it is not known. */
export type KnownValues = ReadonlyMap<string, number | null>;

export function onlineInputsOf({ inputs }: Encoder): OnlineInput[] {
  return inputs.flatMap(({ name, nullable, online }) => (online ? [{ name, nullable, aggregate: online, key: aggregateKey(online) }] : []));
}

/** The row with what a version reads online. What is not known is missing; where a version takes no nulls, it is as if nothing had happened. */
export function withOnline(inputs: readonly OnlineInput[], row: FeatureRow, { at, known }: { at: number; known: KnownValues }): FeatureRow {
  const whole: Record<string, FeatureValue> = { ...row };
  for (const { name, nullable, aggregate, key } of inputs) {
    if (Object.hasOwn(row, name)) continue;
    const value = known.get(key);
    whole[name] = value === undefined && nullable ? null : answerOf(aggregate, value ?? null, at);
  }
  return whole;
}

/** The same as in the point-in-time join: days instead of the last event's time, if it is within the window. */
function answerOf({ function: name, windowMs, otherwise }: Aggregate, value: number | null, at: number): number | null {
  if (value === null) return otherwise;
  if (name !== 'days-since') return value;
  return windowMs !== null && at - value > windowMs ? otherwise : daysSince(value, at);
}
