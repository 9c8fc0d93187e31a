import type { ChampionOnNewLabels } from '../domain/data-contract-report.ts';
import { count, figure } from './wording.ts';

/** Standard errors beyond which a difference is no chance: once in 740 snapshots, on either figure. */
const BEYOND_CHANCE = 3;
/** Fewer turned labels than these change no decision. */
const LEAST_FLIPPED = 0.01;

/**
 * The champion's scores were fixed before these labels were known. When they suddenly fit worse, either the labels are wrong or the
 * world has changed; the figures cannot tell which, so a person is asked. Empty: they fit as before.
 */
export function championDoubts({ version, before, now }: ChampionOnNewLabels, { aucMargin }: { readonly aucMargin: number }): string[] {
  const doubts: string[] = [];
  const flips = now.flipped - before.flipped;
  if (flips >= LEAST_FLIPPED && flips > BEYOND_CHANCE * Math.hypot(now.flippedError, before.flippedError))
    doubts.push(
      `the new labels look as if ${percent(flips)} more of them were turned round than before the release, judged by the scores of ${version} on ${count(now.rows)} rows: are they right?`,
    );
  const drop = before.auc - now.auc;
  if (drop > aucMargin && drop > BEYOND_CHANCE * Math.hypot(now.aucError, before.aucError))
    doubts.push(
      `${version} reaches AUC ${figure(now.auc, 3)} on the new labels (${count(now.rows)} rows) and reached ${figure(before.auc, 3)} before its release: are the labels right?`,
    );
  return doubts;
}

/** What the figures could not have shown, so that a pass is not read as more than it is. */
export function unseenFlips({ before, now }: ChampionOnNewLabels): string {
  const limit = Math.max(LEAST_FLIPPED, BEYOND_CHANCE * Math.hypot(now.flippedError, before.flippedError));
  return `the new labels fit the champion's scores as before; fewer than ${percent(limit)} turned ones would not have been seen`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}
