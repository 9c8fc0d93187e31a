/** What is checked, by name and in order. By itself, so that a command line that only names the checks does not load what they need. */
export const checks = ['rows', 'data contract', 'leaks', 'split', 'training', 'parity', 'golden rows', 'evaluation'] as const;
export type CheckName = (typeof checks)[number];

export interface Check {
  readonly check: CheckName;
  /** `not-checked`: it could not be, which is no pass; `left-out`: somebody said so. */
  readonly state: 'pass' | 'fail' | 'doubt' | 'not-checked' | 'left-out';
  readonly sentences: readonly string[];
  readonly ms: number;
}
