/** What may be set of boosted trees, with what is usual. */
export interface Parameters {
  /** The most; early stopping may keep fewer. */
  readonly trees: number;
  /** The most of one tree. */
  readonly leaves: number;
  /** The most splits on the way to a leaf; 0: as many as it takes. */
  readonly depth: number;
  readonly learningRate: number;
  /** Fewest training rows of a leaf. */
  readonly minimumRows: number;
  /** Added to a leaf's hessian: pulls answers that rest on little towards 0. */
  readonly l2: number;
  /** Least that a split must take off the objective. */
  readonly minimumGain: number;
  /** Of one feature, the one for missing values included. */
  readonly bins: number;
  /** Of the features, drawn anew for each tree. */
  readonly featureShare: number;
  /** Of the rows, drawn anew for each tree. */
  readonly rowShare: number;
  /** Trees without a better loss on the validation rows after which no more are grown; 0: all are. */
  readonly earlyStopping: number;
}

export const usualParameters: Parameters = {
  trees: 500,
  leaves: 31,
  depth: 0,
  learningRate: 0.05,
  minimumRows: 20,
  l2: 1,
  minimumGain: 0,
  bins: 255,
  featureShare: 1,
  rowShare: 1,
  earlyStopping: 30,
};
