import { expect, test } from 'vitest';
import { checkInstance } from '../../src/features/check-instance.ts';
import type { Encoder } from '../../src/features/encoder.ts';

const encoder: Encoder = {
  format: 'understudy.encoder.v1',
  inputs: [
    { name: 'age', type: 'number', nullable: false },
    { name: 'basket', type: 'number', nullable: true },
    { name: 'plan', type: 'category', nullable: false },
    { name: 'member', type: 'boolean', nullable: false },
  ],
  columns: [],
  width: 0,
  missingTexts: ['n/a'],
};
const good = { age: 31, basket: null, plan: 'basic', member: true };

test('a complete row is accepted, with null where the spec says nullable', () => {
  expect(checkInstance(encoder, good)).toEqual({ ok: true, row: good });
});

test.each([
  ['a string for a number', { age: '31' }, 'age', 'the text "31"'],
  ['a number for a text', { plan: 3 }, 'plan', 'the number 3'],
  ['a text for a boolean', { member: 'yes' }, 'member', 'the text "yes"'],
  ['a number for a boolean', { member: 1 }, 'member', 'the number 1'],
  ['a boolean for a number', { age: true }, 'age', 'the boolean true'],
  ['a list', { age: [31] }, 'age', 'a list'],
  ['an object', { age: { value: 31 } }, 'age', 'an object'],
  ['null where it is not allowed', { age: null }, 'age', 'null'],
  ['a number that is not finite as a 32-bit float', { age: 1e39 }, 'age', 'the number 1e+39'],
  ['not a number', { age: Number.NaN }, 'age', 'the number NaN'],
  ['U+0000', { plan: 'a\0b' }, 'plan', 'a text with U+0000 or half of a surrogate pair'],
  ['half of a surrogate pair', { plan: 'a\ud800' }, 'plan', 'a text with U+0000 or half of a surrogate pair'],
  ['a very long text', { plan: 'x'.repeat(501) }, 'plan', 'one of 501'],
  ['a missing text where null is not allowed', { plan: 'n/a' }, 'plan', 'the text "n/a"'],
])('%s is a problem that names the field', (_, change, field, found) => {
  expect(checkInstance(encoder, { ...good, ...change })).toMatchObject({ ok: false, problems: [{ field, found }] });
});

test('an absent field and an unknown one are two problems, with the likely name', () => {
  const { age: _, ...row } = good;
  expect(checkInstance(encoder, { ...row, Agee: 31 })).toEqual({
    ok: false,
    problems: [
      { field: 'age', expected: 'a finite number', found: 'nothing (the field is absent)' },
      { field: 'Agee', expected: 'a feature of the model', found: 'an unknown name; did you mean "age"?' },
    ],
  });
});

test('names that every object inherits are no fields', () => {
  const inherited: Encoder = { ...encoder, inputs: [{ name: 'constructor', type: 'category', nullable: true }] };
  expect(checkInstance(inherited, {})).toMatchObject({ ok: false, problems: [{ field: 'constructor' }] });
});

test.each([null, 'row', 3, [good]])('%j is no row', (instance) => {
  expect(checkInstance(encoder, instance)).toMatchObject({ ok: false, problems: [{ expected: 'an object of features by name' }] });
});
