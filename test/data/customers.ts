/** Made-up customers, a week of them per seed, as the rows of a CSV file: the same people decide in the same way every week. */
import { seededRandom } from '../../src/statistics/random.ts';

export type Customer = Record<string, string>;

export const columns = ['id', 'seen_at', 'age', 'tenure', 'basket', 'visits', 'plan', 'region', 'member', 'joined_at', 'bought'] as const;

const plans = ['basic', 'plus', 'gold'] as const;
const regions = ['north', 'east', 'south', 'west', 'islands'] as const;
const WEEK_MS = 7 * 86_400_000;
const FIRST_WEEK = Date.parse('2025-01-06T00:00:00Z');

export function aWeek(seed: number, rows = 2_000): Customer[] {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
  return Array.from({ length: rows }, (_, index): Customer => {
    const seenAt = FIRST_WEEK + seed * WEEK_MS + random.uniform() * WEEK_MS;
    const age = Math.round(Math.min(85, Math.max(18, 45 + 14 * normal())));
    const tenure = Math.round(1_200 * -Math.log(1 - random.uniform()));
    const basket = Math.exp(3.2 + 0.5 * normal());
    const visits = Math.floor(8 * -Math.log(1 - random.uniform()));
    const plan = plans[Math.min(2, Math.floor(random.uniform() ** 1.5 * 3))]!;
    const region = regions[Math.floor(random.uniform() * 5)]!;
    const member = random.uniform() < 0.4;
    const pull = -4.2 + 0.022 * age + 0.13 * visits + 0.025 * basket + (plan === 'gold' ? 1 : 0) + (member ? 0.6 : 0);
    return {
      id: `c${seed}-${index}`,
      seen_at: new Date(seenAt).toISOString(),
      age: String(age),
      tenure: String(tenure),
      basket: basket.toFixed(2),
      visits: String(visits),
      plan,
      region: random.uniform() < 0.03 ? '' : region,
      member: member ? 'true' : 'false',
      joined_at: new Date(seenAt - tenure * 86_400_000).toISOString(),
      bought: random.uniform() < 1 / (1 + Math.exp(-pull)) ? 'yes' : 'no',
    };
  });
}

export interface Written {
  readonly separator?: string;
  readonly header?: readonly string[];
  readonly quoted?: boolean;
}

export function csvOf(rows: readonly Customer[], { separator = ',', header = columns, quoted = false }: Written = {}): string {
  const cell = (text: string) => (quoted || text.includes(separator) || text.includes('"') ? `"${text.replaceAll('"', '""')}"` : text);
  const names = Object.keys(rows[0] ?? Object.fromEntries(columns.map((name) => [name, ''])));
  const lines = rows.map((row) => names.map((name) => cell(row[name] ?? '')).join(separator));
  const heads = header === columns ? names : header;
  return `${[heads.join(separator), ...lines].join('\n')}\n`;
}

/** Turns the label of this share of the rows round, chosen by chance. */
export function withFlippedLabels(rows: readonly Customer[], share: number, seed = 99): Customer[] {
  const random = seededRandom(seed);
  return rows.map((row) => (random.uniform() < share ? { ...row, bought: row.bought === 'yes' ? 'no' : 'yes' } : row));
}
