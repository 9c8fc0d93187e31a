/** A thread that helps another one to grow trees. */
import { workerData } from 'node:worker_threads';
import { type MemoryBuffers, openMemory } from './memory.ts';
import { follow } from './team.ts';

const { buffers, thread } = (workerData as { readonly input: { readonly buffers: MemoryBuffers; readonly thread: number } }).input;
follow(openMemory(buffers), thread);
