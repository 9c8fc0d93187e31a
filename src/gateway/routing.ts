import { createHmac, type KeyObject, randomBytes } from 'node:crypto';
import { type Arm, armOf, bucketOf } from '../domain/buckets.ts';
import type { VersionId } from '../domain/ids.ts';
import type { Route } from '../domain/route.ts';

/** 128 bits are plenty to keep entities apart. */
const HASH_CHARACTERS = 32;

/** Keyed, so that nobody without the key can tell whom a logged prediction was about. */
export function entityHash(key: KeyObject, entity: string): string {
  return createHmac('sha256', key).update(entity).digest('hex').slice(0, HASH_CHARACTERS);
}

/** A request that names no entity is one of its own: it never comes back. */
export function passingEntityHash(): string {
  return randomBytes(HASH_CHARACTERS / 2).toString('hex');
}

export interface Assignment {
  readonly bucket: number;
  readonly arm: Arm;
}

export function assign(route: Route, hash: string): Assignment {
  const bucket = bucketOf(route.salt, hash);
  return { bucket, arm: armOf(bucket, { challengerBps: route.challengerShareBps, holdBackBps: route.holdBackBps }) };
}

export interface Choice {
  readonly version: VersionId;
  readonly fallback: 'lease-expired' | null;
}

/** Without a live lease the route may have been changed unheard, so only its champion is trusted to answer. */
export function chooseVersion(route: Route, arm: Arm, leaseAlive: boolean): Choice {
  const wanted = versionOfArm(route, arm);
  if (wanted === route.champion || leaseAlive) return { version: wanted, fallback: null };
  return { version: route.champion, fallback: 'lease-expired' };
}

function versionOfArm(route: Route, arm: Arm): VersionId {
  switch (arm) {
    case 'champion':
    case 'control':
      return route.champion;
    case 'challenger':
      return route.challenger ?? route.champion;
    case 'hold-back':
      return route.holdBack ?? route.champion;
  }
}
