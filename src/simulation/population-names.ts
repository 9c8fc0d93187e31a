/** By themselves, so that a command line can name them without loading what makes them. */
export const populations = ['newsletter', 'value', 'uplift'] as const;
export type Population = (typeof populations)[number];

/** Only the newsletter's audience shifts; the shop's customers stay who they are. */
export function hasPhases(population: Population): boolean {
  return population === 'newsletter';
}
