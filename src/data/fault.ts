/** One way in which a row can be bad. */
import type { SetAsideRule } from './snapshot.ts';

export interface Fault {
  readonly rule: SetAsideRule;
  readonly column: string;
  readonly expected: string;
  /** SQL that is true for a row with this fault. */
  readonly when: string;
}
