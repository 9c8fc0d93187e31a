/**
 * What can go wrong, as facts that dashboards and tests match on. Plain errors: the gateway and the store use them and know
 * nothing of Temporal. One activity interceptor turns them into ApplicationFailures.
 */
const catalogue = {
  // Retrying cannot help: the request, the data or the code must change first.
  ModelNotFound: 'permanent',
  ModelVersionNotFound: 'permanent',
  SpecInvalid: 'permanent',
  SourceUnreadable: 'permanent',
  SnapshotNotFound: 'permanent',
  SnapshotWithdrawn: 'permanent',
  TrainingDataRejected: 'permanent',
  TrainerUnknown: 'permanent',
  FeatureSchemaIncompatible: 'permanent',
  ArtifactMissing: 'permanent',
  ArtifactDigestMismatch: 'permanent',
  PackagingFailed: 'permanent',
  RampPlanInvalid: 'permanent',
  ApprovalStale: 'permanent',
  RolloutAlreadyOpen: 'permanent',
  RouteFenced: 'permanent',
  MaterialisationFenced: 'permanent',
  NothingToReturnTo: 'permanent',
  TransitionRefused: 'permanent',
  // The same call may well succeed later.
  RegistryUnavailable: 'transient',
  SourceUnavailable: 'transient',
  GatewayUnavailable: 'transient',
  TemporalUnavailable: 'transient',
  ArtifactStoreUnavailable: 'transient',
  TrainerPreempted: 'transient',
} as const;

export type FailureType = keyof typeof catalogue;

export function isFailureType(type: string): type is FailureType {
  return Object.hasOwn(catalogue, type);
}

export class Failure extends Error {
  readonly type: FailureType;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(type: FailureType, message: string, details: Readonly<Record<string, unknown>> = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = type;
    this.type = type;
    this.details = details;
  }

  get isPermanent(): boolean {
    return catalogue[this.type] === 'permanent';
  }
}
