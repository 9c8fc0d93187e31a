import type { ChampionOnNewLabels } from '../domain/data-contract-report.ts';
import { count, figure } from './wording.ts';

/** Standard errors beyond which a difference is no chance: once in 2,000 snapshots. */
const BEYOND_CHANCE = 3.3;
/** Turned labels are seen sooner by their share than by the AUC, which is for all else that can go wrong: once in 30,000. */
const BEYOND_CHANCE_OF_AUC = 4;
/** Fewer turned labels than these change no decision, and a world that moves a little looks like so many. */
const LEAST_FLIPPED = 0.005;
/** One-sided: what lies so many standard errors beyond a limit is seen nine times of ten. */
const NINE_OF_TEN = 1.2816;

/**
 * The champion's scores were fixed before these labels were known. When they suddenly fit worse, either the labels are wrong or the
 * world has changed; the figures cannot tell which, so a person is asked. Empty: they fit as before.
 */
export function championDoubts(
  { version, before, now }: ChampionOnNewLabels,
  { aucMargin, columnsMoved = false }: { readonly aucMargin: number; readonly columnsMoved?: boolean },
): string[] {
  const question = columnsMoved ? 'is it because of the columns that have moved?' : 'are the labels right?';
  const doubts: string[] = [];
  const flips = now.flipped - before.flipped;
  if (flips >= LEAST_FLIPPED && flips > BEYOND_CHANCE * Math.hypot(now.flippedError, before.flippedError))
    doubts.push(
      `the new labels look as if ${percent(flips)} more of them were turned round than before the release, judged by the scores of ${version} on ${count(now.rows)} rows: ${question}`,
    );
  const drop = before.auc - now.auc;
  if (drop > aucMargin && drop > BEYOND_CHANCE_OF_AUC * Math.hypot(now.aucError, before.aucError))
    doubts.push(
      `${version} reaches AUC ${figure(now.auc, 3)} on the new labels (${count(now.rows)} rows) and reached ${figure(before.auc, 3)} before its release: ${question}`,
    );
  return doubts;
}

/** What the figures could not have shown, so that a pass is not read as more than it is. */
export function unseenFlips({ before, now }: ChampionOnNewLabels): string {
  const error = Math.hypot(now.flippedError, before.flippedError);
  const surely = Math.max(LEAST_FLIPPED, BEYOND_CHANCE * error) + NINE_OF_TEN * error;
  return `the new labels fit the champion's scores as before; of turned ones ${percent(surely)} would have been seen nine times of ten, fewer less often`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}
