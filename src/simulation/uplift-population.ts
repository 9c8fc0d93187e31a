/**
 * A campaign of a made-up shop: a voucher makes some people buy who would not have, changes nothing for most, and puts a few off.
 * Both answers of everybody are known here, and one of them to the shop, as in life.
 */
import { type Randomness, randomness } from './random.ts';
import { habit, inverseLogit, type ShopOptions, playedVisits, type ShopVisit, shopPeriod, shopRows } from './shop-customer.ts';
import type { Visit } from './visit.ts';

const WINDOW_MS = 14 * 86_400_000;
/** The voucher was sent by lot. */
const SHARE = 0.5;
const COLUMNS = ['tenure_days', 'days_since_order', 'orders_12m', 'visits_30d', 'voucher_share', 'device', 'country', 'is_member'] as const;

/** The header, then one line a row. Whose 14 days are not over when the export is made has no label yet. */
export function* upliftCsv(options: ShopOptions): Generator<string> {
  const random = randomness(options.seed);
  const { endMs } = shopPeriod(options);
  yield `customer_id,seen_at,${COLUMNS.join(',')},voucher,bought\n`;
  for (const visit of shopRows(options)) {
    const isTreated = random.uniform(visit.number, 401) < SHARE;
    const isOver = endMs - Date.parse(visit.at) >= WINDOW_MS;
    const values = COLUMNS.map((column) => visit.features[column] ?? '');
    const bought = isOver ? (buys(visit, isTreated, random) ? 1 : 0) : '';
    yield `${[visit.entity, visit.at, ...values, isTreated ? 'yes' : 'no', bought].join(',')}\n`;
  }
}

export function visitsOfUplift(options: { readonly seed: number }): Generator<Visit> {
  const random = randomness(options.seed);
  return playedVisits(options, { lot: 403, outcomeOf: (visit, isTreated) => (buys(visit, isTreated, random) ? 1 : 0) });
}

/** One lot for both answers, so that a voucher that helps never makes a buyer not buy. */
function buys(visit: ShopVisit, isTreated: boolean, random: Randomness): boolean {
  return random.uniform(visit.number, 402) < chance(visit, isTreated);
}

/** The true difference a voucher makes to somebody: what an uplift model is meant to find. */
export function trueUplift(visit: ShopVisit): number {
  return chance(visit, true) - chance(visit, false);
}

function chance(visit: ShopVisit, isTreated: boolean): number {
  return inverseLogit(-1.3 + habit(visit) + (isTreated ? persuasion(visit) : 0));
}

/** Who likes bargains or has been away for long is won; members who buy anyway find it cheap. */
function persuasion({ features: { voucher_share, days_since_order, is_member, orders_12m } }: ShopVisit): number {
  const bargains = voucher_share === null ? 0 : 1.8 * (voucher_share - 0.3);
  const isAway = days_since_order === null || days_since_order > 120;
  return 0.25 + bargains + (isAway ? 0.7 : 0) - (is_member ? 0.5 : 0) - 0.15 * (Math.log1p(orders_12m) - 0.9);
}
