/** The made-up people, by name: whose rows a file is written of, and who asks for scores. */
import type { Era } from './newsletter-customer.ts';
import { newsletterCsv } from './newsletter-csv.ts';
import type { Phase } from './newsletter-population.ts';
import { visitsOfNewsletter } from './newsletter-visits.ts';
import type { Population } from './population-names.ts';
import { upliftCsv, visitsOfUplift } from './uplift-population.ts';
import { valueCsv, visitsOfValue } from './value-population.ts';
import type { Visit } from './visit.ts';

export interface FileOptions {
  readonly seed: number;
  readonly rows: number;
  readonly phase: Phase;
  readonly from?: string;
  readonly days?: number;
}

export function csvOf(population: Population, { phase, ...options }: FileOptions): Generator<string> {
  switch (population) {
    case 'newsletter':
      return newsletterCsv({ ...options, phase });
    case 'value':
      return valueCsv(options);
    case 'uplift':
      return upliftCsv(options);
  }
}

export function visitsOf(population: Population, { seed, phase }: { readonly seed: number; readonly phase: Era }): Generator<Visit> {
  switch (population) {
    case 'newsletter':
      return visitsOfNewsletter({ seed, phase });
    case 'value':
      return visitsOfValue({ seed });
    case 'uplift':
      return visitsOfUplift({ seed });
  }
}
