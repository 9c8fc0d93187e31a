import { expect, test } from 'vitest';
import { timeOfId, timeOrderedIds } from '../../src/gateway/time-ordered-id.ts';

test('ids rise strictly, are UUIDs of version 7, and carry their time', () => {
  const at = Date.parse('2026-11-21T12:00:00.123Z');
  const nextId = timeOrderedIds(() => at);
  const ids = Array.from({ length: 10_000 }, nextId);
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids.slice(0, 100)) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(timeOfId(ids[0]!)).toBe(at);
});

test('a clock that is set back makes no id twice and none out of order', () => {
  let at = 2_000_000;
  const nextId = timeOrderedIds(() => at);
  const before = nextId();
  at = 1_000_000;
  expect(nextId() > before).toBe(true);
});
