/** Two versions' losses on the same rows. Pairing removes what makes a row easy or hard for both. */
import { type Mean, meanOf } from './mean.ts';

/** Mean of challenger minus champion: positive means that the challenger is worse. Null below two rows. */
export function lossHarm(challenger: Float64Array, champion: Float64Array): Mean | null {
  return meanOf(challenger.map((loss, row) => loss - champion[row]!));
}

/** How far the challenger stays below (1 + margin) times the champion's loss, row by row, so that the champion's loss is not taken for known. */
export function lossSlack(losses: { challenger: Float64Array; champion: Float64Array }, margin: number): Mean | null {
  return meanOf(losses.challenger.map((loss, row) => (1 + margin) * losses.champion[row]! - loss));
}
