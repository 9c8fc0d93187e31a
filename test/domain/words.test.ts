import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonical } from '../../src/domain/canonical.ts';
import { formatDuration, parseDuration } from '../../src/domain/duration.ts';
import { modelName, modelOf, shareBps, versionId, versionNumber, versionOf } from '../../src/domain/ids.ts';
import { isNewer } from '../../src/domain/route.ts';
import { combine, fail, inconclusive, pass } from '../../src/domain/verdict.ts';

test('any fail wins, any doubt beats a pass, and nothing checked is doubt', () => {
  expect(combine([pass('a'), fail('b'), inconclusive('c')])).toEqual(fail('b'));
  expect(combine([pass('a'), inconclusive('c'), inconclusive('d')])).toEqual(inconclusive('c', 'd'));
  expect(combine([pass('a'), pass('b')])).toEqual(pass('a', 'b'));
  expect(combine([])).toEqual(inconclusive('no gate ran'));
});

test('a version names its model and number, and models may contain dashes and dots', () => {
  const version = versionOf(modelName('telco-churn.v2'), 14);
  expect(version).toBe('telco-churn.v2@14');
  expect(modelOf(version)).toBe('telco-churn.v2');
  expect(versionNumber(version)).toBe(14);
});

test.each(['Churn', '', '-x', 'a b', '../x', 'x'.repeat(64), 'é'])('%j is not a model name', (text) => {
  expect(() => modelName(text)).toThrow(RangeError);
});

test.each(['churn', 'churn@0', 'churn@-1', 'churn@1.5', '@1'])('%j is not a version', (text) => {
  expect(() => versionId(text)).toThrow(RangeError);
});

test.each([-1, 10_001, 0.5, Number.NaN])('%d is not a share in basis points', (value) => {
  expect(() => shareBps(value)).toThrow(RangeError);
});

test('the order of keys never changes the canonical text', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      expect(canonical(reversed)).toBe(canonical(value));
      expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test.each([
  ['500ms', 500],
  ['10s', 10_000],
  ['15m', 900_000],
  ['48h', 172_800_000],
  ['1.5h', 5_400_000],
  ['30d', 2_592_000_000],
  ['2w', 1_209_600_000],
])('%s is %d milliseconds', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', '10', 'ten seconds', '5y', '-3s', '1h30m'])('%j is not a duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test('a duration is written in the shortest exact way', () => {
  expect(formatDuration(172_800_000)).toBe('2d');
  expect(formatDuration(90_000)).toBe('90s');
  expect(formatDuration(250)).toBe('250ms');
});

test('a rollback beats every older write, however many revisions that one has', () => {
  expect(isNewer({ epoch: 1, revision: 5 }, { epoch: 0, revision: 900 })).toBe(true);
  expect(isNewer({ epoch: 1, revision: 5 }, { epoch: 1, revision: 5 })).toBe(false);
  expect(isNewer({ epoch: 1, revision: 6 }, { epoch: 1, revision: 5 })).toBe(true);
});
