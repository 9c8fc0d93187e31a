/** Rows that came twice: under one key, which drops them, or under keys of their own, which does not. */
import type { DataContractFinding } from '../../domain/data-contract-report.ts';
import type { SnapshotProfile } from '../../domain/snapshot-profile.ts';
import { counted, percent } from '../words.ts';

/** More than the champion's snapshot had, in shares of the rows. Some sources send every correction as a further row, so only more of it is odd. */
const MORE_THAN_BEFORE = 0.05;

export function repetitionFindings(now: SnapshotProfile, before: SnapshotProfile): DataContractFinding[] {
  const dropped = {
    bad: now.duplicates,
    checked: now.rowsIn,
    earlier: share(before.duplicates, before.rowsIn),
    what: 'were dropped because a later row has the same key',
  };
  const kept = {
    bad: now.repeated,
    checked: now.rows,
    earlier: share(before.repeated, before.rows),
    what: 'repeat another row in every column, under a key of their own',
  };
  return [dropped, kept].flatMap(({ bad, checked, earlier, what }): DataContractFinding[] => {
    const found = share(bad, checked);
    if (found <= earlier + MORE_THAN_BEFORE) return [];
    const limit = `at most ${percent(earlier + MORE_THAN_BEFORE)}`;
    const sentence = `${counted(bad, 'row')} of ${counted(checked)} (${percent(found)}) ${what}, ${percent(earlier)} in the champion's snapshot: expected ${limit}; was the export run twice?`;
    return [{ rule: 'repeated-rows', column: null, checked, bad, limit, severity: 'ask', samples: [], sentence }];
  });
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
