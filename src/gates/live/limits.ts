/** Fixed parts of the judge `always-valid.v1`. Whoever changes one makes a new judge. */

/** Probability that harm as large as the margin ever passes, per metric. No split: a promotion needs every critical metric to pass. */
export const ALPHA_PASS = 0.05;

/** Below these a normal approximation is not to be trusted, whatever it says. */
export const MINIMUM_EVENTS = 10;
export const MINIMUM_CLASS = 100;
/** Where the error probability is not so small, the far tail matters less. */
export const MINIMUM_CLASS_AT_LARGE_ALPHA = 30;
export const LARGE_ALPHA = 0.01;
export const MINIMUM_BATCHES = 20;

/** Matured outcomes that `planned` means before the last step: a hundred of each class at the very least. */
export const MINIMUM_MATURED = 200;

/** A p95 of fewer answers than this is the accident of ten of them. */
export const MINIMUM_ANSWERS_FOR_P95 = 200;

/** So many matured rows without a single positive say more about the feed of outcomes than about the models. */
export const SILENT_ROWS = 100;

/** Always-valid p below which the arms do not get the shares that were planned. */
export const SAMPLE_RATIO_P = 0.001;
