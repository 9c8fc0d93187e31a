import { expect, test } from 'vitest';
import { categoryOrder } from '../../src/training/category-order.ts';
import { aFeature } from '../data/fixtures.ts';

const plans = [...new Array<string>(40).fill('basic'), ...new Array<string>(40).fill('gold'), ...new Array<string>(20).fill('family')];
/** Of basic one in ten buys, of gold nine in ten, of family half. */
const bought = Float64Array.from(plans, (plan, row) =>
  plan === 'basic' ? +(row % 10 === 0) : plan === 'gold' ? +(row % 10 !== 0) : row % 2,
);

test('categories stand in the order of their mean target, one never seen in the middle', () => {
  expect(categoryOrder(aFeature('plan', 'category'), plans, bought)).toEqual({ values: ['basic', 'family', 'gold'], other: 0.5 });
});

test('rare ones share a place, where their own mean belongs', () => {
  expect(categoryOrder(aFeature('plan', 'category', { maxCategories: 2 }), plans, bought)).toEqual({
    values: ['basic', 'gold'],
    other: 0.5,
  });
});

test('a mean that rests on few rows is pulled towards the mean of all', () => {
  const withRare = [...plans, 'rare'];
  const { values } = categoryOrder(aFeature('plan', 'category'), withRare, Float64Array.from([...bought, 1]));
  expect(values.indexOf('rare')).toBeLessThan(values.indexOf('gold'));
});
