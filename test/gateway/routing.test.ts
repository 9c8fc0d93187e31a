import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arms } from '../../src/domain/buckets.ts';
import { rolloutId, shareBps, versionId } from '../../src/domain/ids.ts';
import type { Route } from '../../src/domain/route.ts';
import { assign, chooseVersion, entityHash, passingEntityHash } from '../../src/gateway/routing.ts';

const key = createSecretKey(Buffer.from('a key of the tests'));

const aRoute = (changes: Partial<Route> = {}): Route => ({
  model: 'churn',
  champion: versionId('churn@1'),
  challenger: versionId('churn@2'),
  challengerShareBps: shareBps(500),
  salt: 'rollout-1',
  holdBack: null,
  holdBackBps: shareBps(0),
  heldBy: rolloutId('rollout-1'),
  revision: 1,
  epoch: 0,
  ...changes,
});

const armOfEntity = (route: Route, entity: string) => assign(route, entityHash(key, entity)).arm;

test('each arm gets its share, within a quarter of a point over 100,000 entities', () => {
  for (const share of [500, 2_500, 5_000]) {
    const route = aRoute({ challengerShareBps: shareBps(share) });
    const counts = { champion: 0, control: 0, challenger: 0, 'hold-back': 0 };
    for (let entity = 0; entity < 100_000; entity++) counts[armOfEntity(route, `entity-${entity}`)] += 1;
    expect(Math.abs(counts.challenger / 100_000 - share / 10_000)).toBeLessThan(0.0025);
    expect(Math.abs(counts.control / 100_000 - share / 10_000)).toBeLessThan(0.0025);
  }
});

test('an entity stays in its arm however often it comes back, and raising the share takes nobody out of challenger or control', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1 }),
      fc.integer({ min: 0, max: 5_000 }),
      fc.integer({ min: 0, max: 5_000 }),
      (entity, one, other) => {
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        const before = armOfEntity(aRoute({ challengerShareBps: shareBps(low) }), entity);
        expect(armOfEntity(aRoute({ challengerShareBps: shareBps(low) }), entity)).toBe(before);
        const after = armOfEntity(aRoute({ challengerShareBps: shareBps(high) }), entity);
        if (before !== 'champion') expect(after).toBe(before);
      },
    ),
  );
});

test('after a promotion the hold-back is made of entities that were in the control arm', () => {
  const during = aRoute({ challengerShareBps: shareBps(5_000) });
  const after = aRoute({
    challenger: null,
    challengerShareBps: shareBps(0),
    holdBack: versionId('churn@1'),
    champion: versionId('churn@2'),
    holdBackBps: shareBps(500),
  });
  for (let entity = 0; entity < 5_000; entity++) {
    if (armOfEntity(after, `${entity}`) === 'hold-back') expect(armOfEntity(during, `${entity}`)).toBe('control');
  }
});

test('without a live lease the champion answers every arm, and says why', () => {
  const route = aRoute({ holdBack: versionId('churn@0'.replace('@0', '@3')), holdBackBps: shareBps(500) });
  for (const arm of arms) {
    const { version, fallback } = chooseVersion(route, arm, false);
    expect(version).toBe('churn@1');
    expect(fallback).toBe(arm === 'champion' || arm === 'control' ? null : 'lease-expired');
  }
  expect(chooseVersion(route, 'challenger', true)).toEqual({ version: 'churn@2', fallback: null });
  expect(chooseVersion(route, 'hold-back', true)).toEqual({ version: 'churn@3', fallback: null });
});

test('an entity is stored under a keyed hash: the same with the same key, another with another, and never the entity itself', () => {
  const hash = entityHash(key, 'ann@example.com');
  expect(hash).toMatch(/^[0-9a-f]{32}$/);
  expect(entityHash(key, 'ann@example.com')).toBe(hash);
  expect(entityHash(createSecretKey(Buffer.from('another key here')), 'ann@example.com')).not.toBe(hash);
  expect(passingEntityHash()).not.toBe(passingEntityHash());
});
