/** The thread's side of `pageInThread`. */
import { parentPort, workerData } from 'node:worker_threads';
import { evidencePage } from '../reports/evidence-page.ts';
import type { PageInput } from './page-in-thread.ts';

const { evidence, evidenceDigest } = (workerData as { readonly input: PageInput }).input;
parentPort!.postMessage(await evidencePage(evidence, { evidenceDigest }));
