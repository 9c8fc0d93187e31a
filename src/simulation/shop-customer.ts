/** The people of a made-up shop, and what its database knows of one of them on a day: what both the value and the voucher examples see. */
import { type Randomness, randomness } from './random.ts';
import type { Visit } from './visit.ts';

export interface ShopFeatures {
  readonly tenure_days: number;
  readonly days_since_order: number | null;
  readonly orders_12m: number;
  readonly spent_12m: number;
  readonly visits_30d: number;
  /** Share of the orders of a year that were made with a voucher; null without any. */
  readonly voucher_share: number | null;
  readonly device: 'desktop' | 'mobile';
  readonly country: 'at' | 'de' | 'nl';
  readonly is_member: boolean;
}

export interface ShopVisit {
  readonly entity: string;
  readonly at: string;
  readonly features: ShopFeatures;
  /** What no column tells, on the logit. */
  readonly temper: number;
  readonly basket: number;
  /** Names the visit for further random numbers. */
  readonly number: number;
}

export interface ShopOptions {
  readonly seed: number;
  readonly rows: number;
  /** Time of the first row, ISO. */
  readonly from?: string;
  /** The rows are spread evenly over these. */
  readonly days?: number;
  readonly customers?: number;
}

const FIRST_DAY = '2025-01-01T00:00:00.000Z';
const DAYS = 360;
const DAY_MS = 86_400_000;
const CUSTOMERS = 30_000;

/** When the first row is seen, and when the export is made. */
export function shopPeriod({ from = FIRST_DAY, days = DAYS }: Pick<ShopOptions, 'from' | 'days'>) {
  const startMs = Date.parse(from);
  return { startMs, endMs: startMs + days * DAY_MS };
}

/** Rows in the order of their times. */
export function* shopRows(options: ShopOptions): Generator<ShopVisit> {
  const { startMs, endMs } = shopPeriod(options);
  const make = visitMaker(options);
  for (let number = 0; number < options.rows; number++)
    yield make(number, startMs + Math.floor((number / options.rows) * (endMs - startMs)));
}

/** Visits without end for a clock that is compressed: each is from a day of its own, and none is in a file. */
function* shopVisits(options: Pick<ShopOptions, 'seed' | 'customers'>): Generator<ShopVisit> {
  const { startMs, endMs } = shopPeriod({});
  const random = randomness(options.seed);
  const make = visitMaker(options);
  for (let number = 1_000_000_000; ; number++) yield make(number, startMs + Math.floor(random.uniform(number, 201) * (endMs - startMs)));
}

/** The same as an application plays them. What comes of a visit, and how late (`lot`), is the population's own matter. */
export function* playedVisits(
  { seed }: Pick<ShopOptions, 'seed'>,
  { lot, outcomeOf }: { readonly lot: number; readonly outcomeOf: (visit: ShopVisit, isTreated: boolean) => number },
): Generator<Visit> {
  const random = randomness(seed);
  for (const visit of shopVisits({ seed })) {
    const { entity, features, number } = visit;
    yield {
      entity,
      valueOf: ({ name }) => features[name as keyof typeof features],
      outcome: (isTreated) => outcomeOf(visit, isTreated),
      delay: random.uniform(number, lot),
    };
  }
}

export function inverseLogit(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

/** How much a customer buys, whatever is done about it: centred near zero. */
export function habit({ features, temper }: ShopVisit): number {
  const { orders_12m, days_since_order, visits_30d, is_member } = features;
  const lately = days_since_order === null ? 0 : Math.exp(-days_since_order / 60);
  return (
    0.8 * (Math.log1p(orders_12m) - 0.9) + 0.9 * (lately - 0.3) + 0.3 * (Math.log1p(visits_30d) - 1.2) + (is_member ? 0.3 : 0) + temper
  );
}

function visitMaker(options: Pick<ShopOptions, 'seed' | 'customers'>): (number: number, atMs: number) => ShopVisit {
  const random = randomness(options.seed);
  const customers = options.customers ?? CUSTOMERS;
  return (number, atMs) => {
    // Visits fall with the fourth root of the rank: some come often, most once or twice.
    const who = Math.floor(customers * random.uniform(number, 101) ** (1 / 0.75));
    const basket = Math.exp(3.6 + 0.4 * random.normal(who, 2));
    const features = featuresOf({ who, number, basket }, random);
    return { entity: `k-${who}`, at: new Date(atMs).toISOString(), features, temper: 0.3 * random.normal(who, 3), basket, number };
  };
}

interface Seen {
  readonly who: number;
  readonly number: number;
  readonly basket: number;
}

function featuresOf({ who, number, basket }: Seen, random: Randomness): ShopFeatures {
  const interest = random.normal(who, 1);
  const orders = Math.round(Math.exp(0.6 + 0.7 * interest + 0.3 * random.normal(number, 102)) - 0.5);
  const sinceOrder = Math.min(365, Math.round((-365 / (orders + 1)) * Math.log(1 - random.uniform(number, 103))));
  const bargains = inverseLogit(-0.8 + 1.1 * random.normal(who, 4));
  return {
    tenure_days: Math.round(Math.exp(6.1 + 0.7 * random.normal(who, 5)) * (0.95 + 0.1 * random.uniform(number, 104))),
    days_since_order: orders > 0 ? sinceOrder : null,
    orders_12m: orders,
    spent_12m: Math.round(100 * orders * basket * Math.exp(0.2 * random.normal(number, 105))) / 100,
    visits_30d: Math.round(Math.exp(1.1 + 0.5 * interest + 0.5 * random.normal(number, 106))),
    voucher_share: orders > 0 ? Math.round(100 * Math.min(1, Math.max(0, bargains + 0.1 * random.normal(number, 107)))) / 100 : null,
    device: random.uniform(who, 6) < 0.55 ? 'mobile' : 'desktop',
    country: random.uniform(who, 7) < 0.6 ? 'de' : random.uniform(who, 8) < 0.5 ? 'at' : 'nl',
    is_member: random.uniform(who, 9) < 0.35,
  };
}
