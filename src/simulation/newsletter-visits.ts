import type { FeatureValue } from '../features/columns.ts';
import type { Era } from './newsletter-customer.ts';
import { LATEST_CONVERSION_MS, newsletterVisits } from './newsletter-population.ts';
import type { Visit } from './visit.ts';

/** Readers of the newsletter, without end. */
export function* visitsOfNewsletter(options: { readonly seed: number; readonly phase: Era }): Generator<Visit> {
  for (const { entity, features, converted, convertedAfterMs, supportMinutes } of newsletterVisits(options)) {
    const columns: Readonly<Record<string, FeatureValue>> = { ...features, support_minutes: supportMinutes };
    yield {
      entity,
      valueOf: ({ name }) => columns[name],
      outcome: () => (converted ? 1 : 0),
      delay: convertedAfterMs === null ? 1 : convertedAfterMs / LATEST_CONVERSION_MS,
    };
  }
}
