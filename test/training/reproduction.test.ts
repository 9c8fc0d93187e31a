import { expect, test } from 'vitest';
import type { Digest } from '../../src/domain/ids.ts';
import { changesBetween, placesThatDiffer, reproductionOf } from '../../src/training/reproduction.ts';

const trained = (artifact: string, manifest: string) => ({ artifact: artifact as Digest, manifest: manifest as Digest });

test('the same digests are a reproduction, whatever has changed around it', () => {
  const changed = changesBetween({ code: 'a' }, { code: 'b' });
  const found = reproductionOf({ registered: trained('1', '2'), again: trained('1', '2') }, { manifests: [{}, {}], changed });
  expect(found).toMatchObject({ isSame: true, differs: [], changed: [{ what: 'code', was: 'a', is: 'b' }] });
});

test('what differs is named by its place in the manifest, and not endlessly', () => {
  const many = (value: number) => Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`place${at}`, value]));
  const found = reproductionOf({ registered: trained('1', '2'), again: trained('1', '3') }, { manifests: [many(1), many(2)], changed: [] });
  expect(found.isSame).toBe(false);
  expect(found.differs).toHaveLength(12);
});

test('places are paths: through lists and objects, and where one has more than the other', () => {
  const then = { encoder: { columns: [{ mean: 1 }, { mean: 2 }] }, golden: [1] };
  const now = { encoder: { columns: [{ mean: 1 }, { mean: 3 }] }, golden: [1, 2], seed: 1 };
  expect(placesThatDiffer(then, now)).toEqual(['encoder.columns.1.mean', 'golden.1', 'seed']);
  expect(placesThatDiffer(then, then)).toEqual([]);
  expect(placesThatDiffer([], {})).toEqual(['everything']);
});

test('what nobody wrote down then is no change', () => {
  expect(changesBetween({ platform: 'linux x64' }, { platform: 'linux arm64', processor: 'fast' })).toEqual([
    { what: 'platform', was: 'linux x64', is: 'linux arm64' },
  ]);
});
