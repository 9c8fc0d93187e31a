/**
 * What the data contract found in one snapshot: measurements only. Whether they stop the retraining is decided by the gates.
 */
const dataContractRules = [
  'type',
  'required',
  'minimum',
  'maximum',
  'allowed',
  'nulls',
  'unseen',
  'unique',
  'rows',
  'bad-rows',
  'constant',
  'label',
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
  /** `stop`: nothing may be trained on this batch. `set-aside`: the bad rows are gone, the rest goes on. `report`: worth reading. */
  readonly severity: 'stop' | 'set-aside' | 'report';
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
  /** Of an uplift model: how well it tells who was treated, which in a randomised experiment nothing does. The error is that of chance. */
  readonly treatment?: { readonly auc: number; readonly standardError: number };
  readonly rows: number;
  /** The spec says that it is known only after the outcome, and names it a feature all the same: suspicious however weak it is. */
  readonly knownAfterOutcome?: boolean;
}

export interface DataContractReport {
  /** Rows of the snapshot. */
  readonly rows: number;
  readonly findings: readonly DataContractFinding[];
  readonly featurePower: readonly FeaturePower[];
}
