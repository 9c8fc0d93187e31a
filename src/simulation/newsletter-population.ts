/**
 * A made-up shop whose newsletter makes some readers buy: rows as its database would export them. The same seed gives the same people
 * and the same rows. Half of what a team meets in a year is in it: readers who come back, a payday rhythm, December, outcomes that
 * arrive up to two days late, a column that is known only afterwards, and a shift of the audience.
 */
import {
  type Customer,
  customerNumber,
  type Era,
  FIRST_NEWCOMER,
  featuresOf,
  type NewsletterFeatures,
  propensity,
} from './newsletter-customer.ts';
import { type Randomness, randomness } from './random.ts';

/** `mixed`: the shift comes half-way. */
export type Phase = Era | 'mixed';

export interface NewsletterOptions {
  readonly seed: number;
  readonly rows: number;
  readonly phase: Phase;
  /** Time of the first row, ISO. By default the rows after the shift begin where those before it end. */
  readonly from?: string;
  /** The rows are spread evenly over these. A multiple of the payday's 30 days, so that no month is there more often. */
  readonly days?: number;
  /** People who were there before the shift, and as many who may come with it. */
  readonly customers?: number;
}

export interface NewsletterRow {
  readonly entity: string;
  readonly at: string;
  readonly features: NewsletterFeatures;
  readonly converted: boolean;
  /** Null where nothing happened. */
  readonly convertedAfterMs: number | null;
  /** Minutes the service team talked about an order: known only afterwards, null where nobody talked. */
  readonly supportMinutes: number | null;
}

const FIRST_DAY = { before: '2025-01-01T00:00:00.000Z', mixed: '2025-01-01T00:00:00.000Z', after: '2025-10-28T00:00:00.000Z' };
const DAYS = 300;
const HOUR_MS = 3_600_000;
/** Whoever has not bought by then has not bought because of this issue. */
export const LATEST_CONVERSION_MS = 48 * HOUR_MS;
const NEWCOMERS_SHARE = 0.55;

/** Rows in the order of their times. */
export function* newsletterRows(options: NewsletterOptions): Generator<NewsletterRow> {
  const { rows, phase } = options;
  const { startMs, endMs } = periodOf(options);
  const make = rowMaker(options);
  for (let number = 0; number < rows; number++) {
    const era = phase === 'mixed' ? (number < rows / 2 ? 'before' : 'after') : phase;
    yield make({ number, era, atMs: startMs + Math.floor((number / rows) * (endMs - startMs)) });
  }
}

/**
 * Visits without end for a clock that is compressed: each is from a day of its own, so that a minute holds every season and what
 * changes is the audience only.
 */
export function* newsletterVisits(options: Omit<NewsletterOptions, 'rows' | 'phase'> & { readonly phase: Era }): Generator<NewsletterRow> {
  const { seed, phase: era } = options;
  const { startMs, endMs } = periodOf(options);
  const random = randomness(seed);
  const make = rowMaker(options);
  // Other numbers than those of the rows: these visits are in no file.
  for (let number = 1_000_000_000; ; number++) {
    yield make({ number, era, atMs: startMs + Math.floor(random.uniform(number, 201) * (endMs - startMs)) });
  }
}

/** When the first row is sent, and when the export is made. */
export function periodOf({ phase, from = FIRST_DAY[phase], days = DAYS }: Pick<NewsletterOptions, 'phase' | 'from' | 'days'>) {
  const startMs = Date.parse(from);
  return { startMs, endMs: startMs + days * 24 * HOUR_MS };
}

interface Visit {
  readonly number: number;
  readonly era: Era;
  readonly atMs: number;
}

function rowMaker({ seed, customers = 40_000 }: Pick<NewsletterOptions, 'seed' | 'customers'>): (visit: Visit) => NewsletterRow {
  const random = randomness(seed);
  return (visit) => {
    const customer = customerNumber(visitor(visit, customers, random), random);
    const features = featuresOf(customer, visit, random);
    const converted = random.uniform(visit.number, 108) < propensity(customer, features, visit);
    return {
      entity: `c-${customer.number}`,
      at: new Date(visit.atMs).toISOString(),
      features,
      converted,
      convertedAfterMs: converted ? delayOf(visit, random) : null,
      supportMinutes: supportMinutes(customer, converted, { visit, random }),
    };
  };
}

/** Some come often, most once or twice: visits fall with the fourth root of the rank, so the first has about 20 where the mean is 1.5. */
function visitor({ number, era }: Visit, customers: number, random: Randomness): number {
  const rank = Math.floor(customers * random.uniform(number, 109) ** (1 / 0.75));
  const isNewcomer = era === 'after' && random.uniform(number, 110) < NEWCOMERS_SHARE;
  return isNewcomer ? FIRST_NEWCOMER + rank : rank;
}

/** Half of those who buy do so within seven hours. */
function delayOf({ number }: Visit, random: Randomness): number {
  return Math.min(LATEST_CONVERSION_MS - 1, Math.round(-10 * HOUR_MS * Math.log(1 - random.uniform(number, 111))));
}

function supportMinutes(customer: Customer, converted: boolean, { visit, random }: { visit: Visit; random: Randomness }): number | null {
  const talked = random.uniform(visit.number, 112) < (converted ? 0.88 : 0.06);
  if (!talked) return null;
  const minutes = Math.exp((converted ? 2 : 1) + 0.5 * random.normal(visit.number, 113) + 0.1 * customer.interest);
  return Math.round(minutes * 10) / 10;
}
