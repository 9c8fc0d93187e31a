#!/usr/bin/env node
// Runs the TypeScript sources as they are: nothing is built, so nothing can be stale. tsx is registered for this process
// and, through execArgv, for its worker threads and child processes.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('../src/cli/main.ts');
// Whatever a library still holds open must not keep a finished command from ending.
process.exit(await main(process.argv.slice(2)));
