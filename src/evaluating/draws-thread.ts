/** The other thread of `parallelDraws`. */
import { parentPort, workerData } from 'node:worker_threads';
import { type SharedDraws, takeDraws } from './parallel-draws.ts';

await takeDraws((workerData as { readonly input: SharedDraws }).input);
parentPort!.postMessage('done');
