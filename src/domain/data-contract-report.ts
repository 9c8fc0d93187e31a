/**
 * What the data contract found in one snapshot: measurements only. Whether they stop the retraining is decided by the gates.
 */
const dataContractRules = [
  'type',
  'required',
  'minimum',
  'maximum',
  'allowed',
  'pattern',
  'expression',
  'nulls',
  'unseen',
  'unique',
  'distinct',
  'rows',
  'bad-rows',
  'row-count',
  'repeated-rows',
  'freshness',
  'constant',
  'label',
  'label-shift',
  'labels-changed',
  'shift',
  'serving-skew',
  'entities-across-split',
  'segment',
] as const;
export type DataContractRule = (typeof dataContractRules)[number];

/** A rule that was broken, or (with no row checked) that could not be judged. Rules that hold are not listed. */
export interface DataContractFinding {
  readonly rule: DataContractRule;
  /** Null for a rule about the batch as a whole. */
  readonly column: string | null;
  /** Rows the rule looked at. None means that it could not be judged. */
  readonly checked: number;
  readonly bad: number;
  /** What the rule allows, in words: "at least 0", "5 % nulls". */
  readonly limit: string;
  /**
   * `stop`: nothing may be trained on this batch. `ask`: it is unlike what the champion has seen, and only a person can tell whether
   * the world has changed or the data is broken. `set-aside`: the bad rows are gone, the rest goes on. `report`: worth reading.
   */
  readonly severity: 'stop' | 'ask' | 'set-aside' | 'report';
  /** A few of the bad rows, by their number in the source. */
  readonly samples: readonly { readonly row: number; readonly value: string }[];
  /** Rule, column, what was expected, what was found. */
  readonly sentence: string;
}

/**
 * How well one feature alone predicts the label: its AUC in the better direction, 0.5 to 1. Of a regression, the probability that of
 * two rows with different labels the feature tells which is higher (Harrell's C), which of two classes is the same.
 */
export interface FeaturePower {
  readonly feature: string;
  readonly auc: number;
  /** What chance does to it; absent in reports of an earlier day. */
  readonly standardError?: number;
  /** Of an uplift model: how well it tells who was treated, which in a randomised experiment nothing does. The error is that of chance. */
  readonly treatment?: { readonly auc: number; readonly standardError: number };
  readonly rows: number;
  /** The spec says that it is known only after the outcome, and names it a feature all the same: suspicious however weak it is. */
  readonly knownAfterOutcome?: boolean;
}

/** Besides power: why a feature may know what it cannot know, or will not be there when it is asked for. */
export interface LeakSign {
  readonly kind: 'after-prediction' | 'missing-at-serving' | 'identifier';
  readonly feature: string;
  readonly sentence: string;
}

export interface SegmentCheck {
  /** Columns joined by " × ". */
  readonly name: string;
  readonly columns: readonly string[];
  /** Where a prediction gets it from; `unknown`: no request brings it, so it can be judged offline and never live. */
  readonly servedAs: 'feature' | 'input' | 'unknown';
  /** Whether a version may fail by it alone; absent in reports of an earlier day. */
  readonly critical?: boolean;
  readonly values: number;
  /** Its rows are a projection of a sample onto all rows, where there are more than are looked at. */
  readonly smallest: { readonly value: string; readonly rows: number } | null;
  /** Share of rows that have no value and are in no segment, 0 to 1. */
  readonly missing: number;
  /** As of a feature: one that alone predicts too well was probably made from the label. Null where it was not measured. */
  readonly auc: number | null;
  readonly standardError?: number;
  /** How much each later segment says of this one: Cramér's V, 0 to 1. Crosses are left out: they overlap with their parts by nature. */
  readonly overlaps?: readonly { readonly with: string; readonly cramersV: number }[];
}

/** The champion's own scores against the new labels, beside the same figures on the rows that it was compared on before its release. */
export interface ChampionOnNewLabels {
  readonly version: string;
  readonly before: AgreementFigures;
  readonly now: AgreementFigures;
}

export interface AgreementFigures {
  readonly rows: number;
  readonly positives: number;
  readonly auc: number;
  readonly aucError: number;
  /** Share of labels that look turned round, given the scores; a model that is too sure of itself shows some, too. */
  readonly flipped: number;
  readonly flippedError: number;
}

export interface DataContractReport {
  /** Rows of the snapshot. */
  readonly rows: number;
  readonly findings: readonly DataContractFinding[];
  readonly featurePower: readonly FeaturePower[];
  /** Absent in reports of an earlier day, as what follows. */
  readonly leakSigns?: readonly LeakSign[];
  readonly segments?: readonly SegmentCheck[];
  /** Null without a champion, or where it could not be scored. */
  readonly champion?: ChampionOnNewLabels | null;
}
