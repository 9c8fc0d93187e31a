/** Every verb of the command line, in the order of the help. A verb's file loads what is heavy inside its action, so that `--help` and `status` are quick. */
import type { Command } from 'commander';
import { registerApply } from './apply.ts';
import { registerApprove } from './approve.ts';
import { registerChampion } from './champion.ts';
import type { CliContext } from './context.ts';
import { registerCheck } from './check.ts';
import { registerContract } from './contract.ts';
import { registerDemo } from './demo.ts';
import { registerDev } from './dev.ts';
import { registerDiff } from './diff.ts';
import { registerDoctor } from './doctor.ts';
import { registerEvidence } from './evidence.ts';
import { registerFeatures } from './features.ts';
import { registerGateway } from './gateway.ts';
import { registerGenerate } from './generate.ts';
import { registerHistory } from './history.ts';
import { registerImport } from './import.ts';
import { registerInit } from './init.ts';
import { registerMaterialize } from './materialize.ts';
import { registerMigrate } from './migrate.ts';
import { registerPause } from './pause.ts';
import { registerQuarantine } from './quarantine.ts';
import { registerReject } from './reject.ts';
import { registerReplay } from './replay.ts';
import { registerReport } from './report.ts';
import { registerReproduce } from './reproduce.ts';
import { registerResume } from './resume.ts';
import { registerRetrain } from './retrain.ts';
import { registerRollback } from './rollback.ts';
import { registerSimulate } from './simulate.ts';
import { registerSnapshot } from './snapshot.ts';
import { registerStatus } from './status.ts';
import { registerVersions } from './versions.ts';
import { registerWaive } from './waive.ts';
import { registerWorker } from './worker.ts';

export type Register = (program: Command, context: CliContext) => void;

export const verbs: readonly { readonly heading: string; readonly registers: readonly Register[] }[] = [
  { heading: 'Begin:', registers: [registerDemo, registerDev, registerDoctor] },
  {
    heading: 'Describe and train:',
    registers: [registerInit, registerContract, registerCheck, registerApply, registerRetrain, registerImport],
  },
  {
    heading: 'Decide:',
    registers: [
      registerStatus,
      registerEvidence,
      registerReport,
      registerReplay,
      registerApprove,
      registerReject,
      registerWaive,
      registerPause,
      registerResume,
      registerRollback,
    ],
  },
  {
    heading: 'Look back:',
    registers: [
      registerChampion,
      registerVersions,
      registerFeatures,
      registerReproduce,
      registerSnapshot,
      registerDiff,
      registerQuarantine,
      registerHistory,
    ],
  },
  { heading: 'Run:', registers: [registerWorker, registerGateway, registerMaterialize, registerMigrate] },
  { heading: 'Try out:', registers: [registerSimulate, registerGenerate] },
];
