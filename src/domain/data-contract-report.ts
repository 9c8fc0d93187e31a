/** What the data contract found in a snapshot, as evidence: the gates in src/gates turn it into verdicts. Plain JSON. */
export const dataContractRules = [
  ...(['type', 'required', 'minimum', 'maximum', 'allowed'] as const),
  ...(['nulls', 'unseen', 'unique', 'rows', 'bad-rows', 'constant', 'label'] as const),
] as const;
export type DataContractRule = (typeof dataContractRules)[number];

export interface DataContractFinding {
  readonly rule: DataContractRule;
  /** Null where the rule is about rows as a whole. */
  readonly column: string | null;
  /** Rows that were looked at, and those of them that break the rule. */
  readonly checked: number;
  readonly bad: number;
  /** The limit in words. */
  readonly limit: string;
  /** `stop`: the batch is refused. `set-aside`: these rows were, and the others go on. `report`: worth knowing. */
  readonly severity: 'stop' | 'set-aside' | 'report';
  /** Up to five, with the record's number in the source (the header is number 1; 0 where no single row is meant). */
  readonly samples: readonly { readonly row: number; readonly value: string }[];
  readonly sentence: string;
}

export interface FeaturePower {
  readonly feature: string;
  /** How well the feature alone ranks the label, 0.5 (not at all) to 1; NaN never: 0.5 where there was nothing to rank. */
  readonly auc: number;
  readonly rows: number;
  /** The spec says that the column is known only after the outcome, and yet uses it as a feature. */
  readonly knownAfterOutcome: boolean;
}

export interface DataContractReport {
  readonly format: 'understudy.data-contract-report.v1';
  /** Rows kept. */
  readonly rows: number;
  /** Only what was found: a rule that every row keeps leaves nothing here. */
  readonly findings: readonly DataContractFinding[];
  readonly featurePower: readonly FeaturePower[];
}
