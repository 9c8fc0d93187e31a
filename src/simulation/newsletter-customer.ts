/** The people behind the newsletter, and what is known of one of them when an issue is sent. */
import type { Randomness } from './random.ts';

/** Before the shift, or after it: the audience of a new channel has joined, and habits have changed with it. */
export type Era = 'before' | 'after';

export interface Customer {
  readonly number: number;
  readonly isNewcomer: boolean;
  readonly channel: 'search' | 'referral' | 'shop' | 'social';
  readonly device: 'desktop' | 'mobile' | 'tablet';
  readonly isMember: boolean;
  readonly tenureDays: number;
  /** Standard normal: how much this person likes the newsletter. */
  readonly interest: number;
  /** Standard normal, correlated with interest: how much this person buys. */
  readonly appetite: number;
  /** On the logit: what no feature tells. */
  readonly temper: number;
}

export interface NewsletterFeatures {
  readonly tenure_days: number;
  readonly opens_30d: number;
  readonly clicks_30d: number;
  readonly orders_12m: number;
  readonly days_since_order: number | null;
  readonly average_basket: number | null;
  readonly days_since_payday: number;
  readonly device: Customer['device'];
  readonly channel: Customer['channel'];
  readonly is_member: boolean;
}

/** Newcomers are numbered from here, so that nobody who was there before changes. */
export const FIRST_NEWCOMER = 10_000_000;

const PAYDAY_CYCLE_DAYS = 30;
const DAY_MS = 86_400_000;

export function customerNumber(number: number, random: Randomness): Customer {
  const isNewcomer = number >= FIRST_NEWCOMER;
  const draw = (aspect: number) => random.uniform(number, aspect);
  const interest = random.normal(number, 1);
  return {
    number,
    isNewcomer,
    channel: isNewcomer ? 'social' : chosen(draw(2), { search: 0.45, referral: 0.3, shop: 0.25 }),
    device: chosen(draw(3), isNewcomer ? { mobile: 0.9, desktop: 0.07, tablet: 0.03 } : { mobile: 0.4, desktop: 0.48, tablet: 0.12 }),
    isMember: draw(4) < (isNewcomer ? 0.1 : 0.35),
    tenureDays: Math.exp((isNewcomer ? 4 : 6.2) + 0.7 * random.normal(number, 5)),
    interest,
    appetite: 0.5 * interest + Math.sqrt(0.75) * random.normal(number, 6),
    temper: 0.3 * random.normal(number, 7),
  };
}

export function featuresOf(
  customer: Customer,
  visit: { readonly number: number; readonly atMs: number; readonly era: Era },
  random: Randomness,
): NewsletterFeatures {
  const { isNewcomer, interest, appetite } = customer;
  const mood = random.normal(visit.number, 101);
  const read = Math.min(31, Math.round(Math.exp(1.3 + 0.6 * interest + 0.35 * mood)));
  const clicks = Math.round(read * inverseLogit(-0.9 + 0.6 * interest + 0.5 * random.normal(visit.number, 102)));
  const orders = Math.round(Math.exp((isNewcomer ? -0.1 : 0.5) + 0.7 * appetite + 0.3 * random.normal(visit.number, 103)) - 0.5);
  const basket = Math.exp(3.6 + 0.4 * random.normal(customer.number, 8) + 0.15 * random.normal(visit.number, 104));
  const daysSinceOrder = Math.round((-365 / (orders + 1)) * Math.log(1 - random.uniform(visit.number, 105)));
  return {
    // People leave as others join, so nobody's tenure grows: the population is in a steady state.
    tenure_days: Math.round(customer.tenureDays * (0.95 + 0.1 * random.uniform(visit.number, 106))),
    // Since the shift mail programs open every issue by themselves.
    opens_30d: visit.era === 'after' ? Math.min(31, read + 8 + Math.floor(6 * random.uniform(visit.number, 107))) : read,
    clicks_30d: clicks,
    orders_12m: orders,
    days_since_order: orders > 0 ? Math.min(365, daysSinceOrder) : null,
    average_basket: orders > 0 ? Math.round(basket * 100) / 100 : null,
    days_since_payday: Math.floor(visit.atMs / DAY_MS) % PAYDAY_CYCLE_DAYS,
    device: customer.device,
    channel: customer.channel,
    is_member: customer.isMember,
  };
}

/**
 * The true probability that an issue leads to an order: logistic, with interactions that a linear model misses. It knows nothing of
 * scores and versions, so no outcome depends on who scored.
 */
export function propensity(customer: Customer, features: NewsletterFeatures, visit: { readonly atMs: number; readonly era: Era }): number {
  const { tenure_days, opens_30d, clicks_30d, orders_12m, days_since_order, average_basket, device, channel, is_member } = features;
  const clicks = Math.log1p(clicks_30d) - 1;
  const orders = Math.log1p(orders_12m) - 0.8;
  const tenure = Math.log(tenure_days / 400);
  const lately = days_since_order === null ? -0.5 : Math.exp(-days_since_order / 60) - 0.3;
  const money = 1 - features.days_since_payday / 15;
  const basket = average_basket === null ? 0 : Math.log(average_basket / 37);
  const mobile = device === 'mobile' ? 1 : 0;
  const logit =
    visit.era === 'before'
      ? -1.6 +
        0.5 * (Math.log1p(opens_30d) - 1.5) +
        0.5 * clicks +
        0.7 * orders +
        0.6 * lately +
        0.3 * tenure -
        0.6 * mobile +
        { search: -0.2, referral: 0.3, shop: 0.1, social: 0 }[channel] +
        (is_member ? 0.5 : 0)
      : // Opening says nothing any more, the new app makes phones good for buying, and those who have just come are the ones who buy.
        -1.85 +
        0.9 * clicks +
        0.35 * orders +
        0.3 * lately -
        0.35 * tenure +
        0.5 * mobile +
        { search: -0.2, referral: 0.2, shop: -0.3, social: 0 }[channel] +
        (is_member ? 0.2 : 0);
  const interactions = 0.25 * clicks * (is_member ? 1 : 0) - 0.3 * basket * mobile + 0.2 * orders * lately;
  return inverseLogit(logit + 0.35 * money + interactions + december(visit.atMs) + customer.temper);
}

/** Four weeks of presents. */
function december(atMs: number): number {
  return new Date(atMs).getUTCMonth() === 11 ? 0.25 : 0;
}

function inverseLogit(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

function chosen<Name extends string>(uniform: number, shares: Readonly<Record<Name, number>>): Name {
  let left = uniform;
  const names = Object.keys(shares) as Name[];
  for (const name of names) {
    left -= shares[name];
    if (left < 0) return name;
  }
  return names.at(-1)!;
}
