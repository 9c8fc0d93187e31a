/** How a trainer is written: its name, what may be set of it, what is searched for, and the calibration over it. */
import { z } from 'zod';
import { orShort, section } from './sections.ts';
import { columnName, count, flag, number, oneOf, orNull, positiveCount, text } from './written-values.ts';

const range = orShort(
  { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2, description: 'From and to' },
  (ends) => (Array.isArray(ends) && ends.length === 2 ? { from: ends[0], to: ends[1] } : ends),
  section({ from: number, to: number, scale: oneOf('linear', 'log').prefault('linear'), whole: orNull(flag) }),
);

const search = section({
  trials: positiveCount.prefault(20),
  ranges: z.record(z.string(), range, { error: () => 'ranges by the name of a parameter, such as "leaves: [8, 64]"' }),
});

export const trainer = section({
  name: orNull(text),
  queue: text.prefault('training'),
  seed: count.prefault(1),
  parameters: z.record(z.string(), number, { error: () => 'parameters by name' }).prefault({}),
  calibration: oneOf('none', 'platt', 'isotonic').prefault('none'),
  search: orNull(search),
  weight: orNull(columnName),
});
