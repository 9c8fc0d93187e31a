/** The newsletter's readers as the demo's traffic: made once a seed, in typed arrays, and played to as many rollouts as one likes. */
import { createSecretKey } from 'node:crypto';
import type { FeatureRow } from '../../src/features/columns.ts';
import { entityHash } from '../../src/gateway/routing.ts';
import { FIRST_NEWCOMER } from '../../src/simulation/newsletter-customer.ts';
import { newsletterVisits } from '../../src/simulation/newsletter-population.ts';

/** As `newsletterVisits` has them: so many who were there before, and as many newcomers. */
const CUSTOMERS = 40_000;
export const ENTITIES = 2 * CUSTOMERS;
const CHUNK = 25_000;

export interface PlayedVisits {
  /** 0 to `ENTITIES` - 1. */
  entityOf(visit: number): number;
  converted(visit: number): boolean;
  /** What the application can send: nothing of what is known only afterwards. */
  rowOf(visit: number): FeatureRow;
}

export function playedVisits(seed: number): PlayedVisits {
  const source = newsletterVisits({ seed, phase: 'after' });
  const chunks: { entities: Uint32Array; converted: Uint8Array; rows: FeatureRow[] }[] = [];
  const chunkOf = (visit: number) => {
    while (chunks.length * CHUNK <= visit) chunks.push(nextChunk(source));
    return chunks[Math.floor(visit / CHUNK)]!;
  };
  return {
    entityOf: (visit) => chunkOf(visit).entities[visit % CHUNK]!,
    converted: (visit) => chunkOf(visit).converted[visit % CHUNK] === 1,
    rowOf: (visit) => chunkOf(visit).rows[visit % CHUNK]!,
  };
}

function nextChunk(source: ReturnType<typeof newsletterVisits>) {
  const entities = new Uint32Array(CHUNK);
  const converted = new Uint8Array(CHUNK);
  const rows = Array.from({ length: CHUNK }, (_, visit): FeatureRow => {
    const row = source.next().value!;
    const number = Number(row.entity.slice('c-'.length));
    entities[visit] = number < FIRST_NEWCOMER ? number : CUSTOMERS + number - FIRST_NEWCOMER;
    converted[visit] = row.converted ? 1 : 0;
    return { ...row.features, support_minutes: null };
  });
  return { entities, converted, rows };
}

const key = createSecretKey(Buffer.from('a key for rehearsals only'));
const hashes = new Map<number, string>();

export function hashOf(entity: number): string {
  let hash = hashes.get(entity);
  if (hash === undefined) {
    hash = entityHash(key, `c-${entity < CUSTOMERS ? entity : FIRST_NEWCOMER + entity - CUSTOMERS}`);
    hashes.set(entity, hash);
  }
  return hash;
}
