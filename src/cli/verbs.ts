/** Every verb of the command line, in the order of the help. A verb's file loads what is heavy inside its action, so that `--help` and `status` are quick. */
import type { Command } from 'commander';
import type { CliContext } from './context.ts';

export type Register = (program: Command, context: CliContext) => void;

export const verbs: readonly Register[] = [];
