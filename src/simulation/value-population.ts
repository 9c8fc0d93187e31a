/**
 * What the customers of a made-up shop spend within 90 days: most of them nothing, some of them a lot. It knows nothing of scores and
 * versions, so what somebody spends does not depend on who scored.
 */
import { type Randomness, randomness } from './random.ts';
import { habit, inverseLogit, type ShopOptions, playedVisits, type ShopVisit, shopPeriod, shopRows } from './shop-customer.ts';
import type { Visit } from './visit.ts';

/** What is spent later is another quarter's. */
const WINDOW_MS = 90 * 86_400_000;
const COLUMNS = [
  'tenure_days',
  'days_since_order',
  'orders_12m',
  'spent_12m',
  'visits_30d',
  'voucher_share',
  'device',
  'country',
  'is_member',
] as const;

/** The header, then one line a row. Whose 90 days are not over when the export is made has no label yet. */
export function* valueCsv(options: ShopOptions): Generator<string> {
  const random = randomness(options.seed);
  const { endMs } = shopPeriod(options);
  yield `customer_id,seen_at,${COLUMNS.join(',')},spent_90d\n`;
  for (const visit of shopRows(options)) {
    const isOver = endMs - Date.parse(visit.at) >= WINDOW_MS;
    const values = COLUMNS.map((column) => visit.features[column] ?? '');
    yield `${[visit.entity, visit.at, ...values, isOver ? spent(visit, random) : ''].join(',')}\n`;
  }
}

export function visitsOfValue(options: { readonly seed: number }): Generator<Visit> {
  const random = randomness(options.seed);
  return playedVisits(options, { lot: 303, outcomeOf: (visit) => spent(visit, random) });
}

/** Euros and cents. Orders grow with the basket and with what was spent before, more than in proportion for members. */
function spent(visit: ShopVisit, random: Randomness): number {
  const { number, basket, features } = visit;
  if (random.uniform(number, 301) >= inverseLogit(-0.2 + habit(visit))) return 0;
  const regular = Math.log1p(features.orders_12m);
  const orders = Math.exp(0.35 * regular + (features.is_member ? 0.15 * regular : 0) + 0.35 * random.normal(number, 302));
  return Math.round(100 * basket * orders) / 100;
}
