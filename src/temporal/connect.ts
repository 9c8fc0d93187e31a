/** Every client and worker of the project is made here, with one data converter: payload encryption comes through it later. */
import { Client, Connection } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import { Failure } from '../failures.ts';

export interface TemporalAddress {
  readonly address: string;
  readonly namespace: string;
}

export const TASK_QUEUE = 'lifecycle';
export const TRAINING_QUEUE = 'training';

export function dataConverter(): DataConverter {
  return {};
}

export interface ConnectedTemporal {
  readonly client: Client;
  close(): Promise<void>;
}

/** Fails within `timeoutMs` with a sentence, instead of the driver's ten seconds and a stack. */
export async function connectTemporal({
  address,
  namespace,
  timeoutMs = 3_000,
}: TemporalAddress & { timeoutMs?: number }): Promise<ConnectedTemporal> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: timeoutMs });
    return { client: new Client({ connection, namespace, dataConverter: dataConverter() }), close: () => connection.close() };
  } catch (cause) {
    throw new Failure(
      'TemporalUnavailable',
      `Temporal could not be reached at ${address}; is it running? (understudy doctor)`,
      { address },
      { cause },
    );
  }
}

/** A worker started before its server waits for it: an outage at start is not an error, only a delay that is told. */
export async function connectWorker({
  address,
  onWaiting,
  signal,
}: {
  address: string;
  onWaiting: (message: string) => void;
  signal: AbortSignal;
}): Promise<NativeConnection> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await NativeConnection.connect({ address });
    } catch (error) {
      if (signal.aborted) throw error;
      if (attempt % 10 === 1) onWaiting(`Temporal at ${address} does not answer yet; trying again every second`);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      if (signal.aborted) throw error;
    }
  }
}
