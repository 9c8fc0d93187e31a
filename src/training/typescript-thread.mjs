// Where a thread begins. `--import tsx` does nothing in a thread (tsx 4.23 on Node 20 registers itself in main threads only), so it is
// registered here; plain JavaScript, because nothing reads TypeScript before that.
import { workerData } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

register();
await import(workerData.file);
