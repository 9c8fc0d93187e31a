/**
 * UUIDs of version 7: 48 bits of milliseconds, 12 bits of a counter that keeps them rising within one, 62 random bits. Made here
 * because they follow the gateway's own clock and hundreds are needed in one request.
 */
import { randomBytes } from 'node:crypto';

const COUNTER_SPAN = 0x1000;
const RANDOM_CHARACTERS = 16;
const POOL_BYTES = 4_096;

export type IdSource = () => string;

export function timeOrderedIds(now: () => number): IdSource {
  let pool = '';
  let used = 0;
  let lastMs = 0;
  let counter = 0;
  let time = '';

  const advance = (): void => {
    const ms = Math.floor(now());
    counter += 1;
    // A clock that was set back, or more than 4,096 ids in a millisecond: go on from the last moment instead of repeating one.
    if (ms <= lastMs && counter < COUNTER_SPAN) return;
    lastMs = Math.max(ms, lastMs + 1);
    counter = 0;
    const hex = lastMs.toString(16).padStart(12, '0');
    time = `${hex.slice(0, 8)}-${hex.slice(8)}-7`;
  };

  return () => {
    advance();
    if (used === pool.length) {
      pool = randomBytes(POOL_BYTES).toString('hex');
      used = 0;
    }
    const random = pool.slice(used, used + RANDOM_CHARACTERS);
    used += RANDOM_CHARACTERS;
    const variant = '89ab'[random.charCodeAt(0) & 3];
    return `${time}${counter.toString(16).padStart(3, '0')}-${variant}${random.slice(1, 4)}-${random.slice(4)}`;
  };
}

/** Milliseconds since 1970 that a time-ordered id was made at. */
export function timeOfId(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
