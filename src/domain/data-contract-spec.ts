/** What a batch of rows must keep before anything is trained on it, as the team writes it. */

export const severities = ['stop', 'quarantine', 'warn'] as const;
export type Severity = (typeof severities)[number];

export interface DataContractSpec {
  /** A batch with fewer kept rows is refused. */
  readonly minimumRows: number;
  /** Share of source rows that may be set aside as bad before the batch is refused. */
  readonly maximumBadRows: number;
  /** AUC of one feature alone above which it is suspicious of leaking the label. */
  readonly suspiciousAuc: number;
  readonly rules: readonly ColumnRule[];
  /** Conditions over columns in SQL that every row must meet. */
  readonly expressions: readonly ExpressionRule[];
  /** Kept rows against the median of the model's earlier snapshots, as factors; null: not judged. */
  readonly rowCountBand: { readonly minimum: number; readonly maximum: number; readonly severity: Severity } | null;
  /** Most time between the newest row and the ingest; null: not judged. */
  readonly freshness: { readonly withinMs: number; readonly severity: Severity } | null;
  /** Snapshot against what the gateways logged of the same features: population stability index; null: not judged. */
  readonly servingSkew: { readonly psi: number; readonly minimumPredictions: number; readonly severity: Severity } | null;
  /** Features of the snapshot against the champion's training rows: population stability index; null: not judged. */
  readonly shift: { readonly psi: number; readonly severity: Severity } | null;
  /** Share of positive labels (or the mean) against the champion's training rows, as factors; null: not judged. */
  readonly labelShift: { readonly minimum: number; readonly maximum: number; readonly severity: Severity } | null;
}

export interface ExpressionRule {
  readonly name: string;
  readonly sql: string;
  readonly severity: Severity;
}

/** Rules about one column of the source. Every feature also gets the rules that follow from its type and nullability. */
export interface ColumnRule {
  readonly column: string;
  readonly required: boolean;
  readonly minimum: number | null;
  readonly maximum: number | null;
  readonly allowed: readonly string[] | null;
  /** Largest share of nulls, 0 to 1. */
  readonly maximumNulls: number | null;
  /** Largest share of rows with a category that the champion's training never saw, 0 to 1. */
  readonly maximumUnseen: number | null;
  readonly unique: boolean;
  /** A regular expression that the whole text must match. */
  readonly pattern: string | null;
  /** Band of the number of distinct values. */
  readonly distinct: { readonly minimum: number | null; readonly maximum: number | null } | null;
  /** What a broken rule does. Rules about the batch (nulls, unseen, unique, distinct) cannot quarantine rows. */
  readonly severity: Severity | null;
}
