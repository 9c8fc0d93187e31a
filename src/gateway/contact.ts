/**
 * The contact to Postgres: heartbeat, the database's time, the newest routes, acknowledgements. Once a second, and at once when a
 * route was written. Everything here may fail for as long as Postgres is away; serving goes on.
 */
import type { Knex } from 'knex';
import { announceGateway, gatewaySeen } from '../store/gateways.ts';
import { listenForRoutes, readServedRoutes } from '../store/routes-reading.ts';
import type { ServingClock } from './clock.ts';
import type { RouteBook } from './routes.ts';

export interface ContactOptions {
  readonly db: Knex;
  readonly databaseUrl: string;
  readonly gatewayId: string;
  readonly address: string;
  readonly routes: RouteBook;
  readonly clock: ServingClock;
  readonly onTrouble: (sentence: string) => void;
}

export interface Contact {
  /** Seconds since Postgres last answered; infinite before the first time. */
  secondsSince(): number;
  stop(): Promise<void>;
}

const EVERY_MS = 1_000;
/** A contact that hangs is given up, so that the next one may find a connection that works. */
const LONGEST_CONTACT_MS = 5_000;

export function keepContact(options: ContactOptions): Contact {
  const { db, routes } = options;
  let isAnnounced = false;
  let lastContactAt = Number.NEGATIVE_INFINITY;
  let isAway = false;
  let isStopped = false;
  let current: Promise<void> | null = null;
  let isAsked = false;

  const once = async (): Promise<void> => {
    const heardAt = performance.now();
    await heartbeat();
    routes.offer(await readServedRoutes(db), heardAt);
    // A gateway that knows its routes and has not loaded their versions yet would be ready to answer "no such model".
    if (lastContactAt === Number.NEGATIVE_INFINITY) await routes.settled();
    lastContactAt = heardAt;
    await routes.acknowledge('pending');
  };

  const heartbeat = async (): Promise<void> => {
    const askedAt = options.clock.now();
    const known = isAnnounced ? await gatewaySeen(db, options.gatewayId) : null;
    const databaseMs = known ?? (await announceGateway(db, { gatewayId: options.gatewayId, address: options.address }));
    options.clock.setBy(databaseMs, askedAt, options.clock.now());
    // A database that didn't know this gateway doesn't know what it obeys either.
    if (known === null && isAnnounced) await routes.acknowledge('all');
    isAnnounced = true;
  };

  const attempt = async (): Promise<void> => {
    try {
      await inTime(once());
      if (isAway) options.onTrouble('Postgres is back');
      isAway = false;
    } catch (error) {
      if (!isAway && !isStopped) options.onTrouble(`no contact to Postgres, serving goes on: ${reasonOf(error as Error)}`);
      isAway = true;
    }
  };

  const ask = (): void => {
    isAsked = true;
    current ??= (async () => {
      while (isAsked && !isStopped) {
        isAsked = false;
        await attempt();
      }
      current = null;
    })();
  };

  const timer = setInterval(ask, EVERY_MS);
  const listener = listenForRoutes(options.databaseUrl, ask);
  ask();
  return {
    secondsSince: () => (performance.now() - lastContactAt) / 1_000,
    async stop() {
      isStopped = true;
      clearInterval(timer);
      await Promise.all([current, listener.close()]);
    },
  };
}

/** Knex puts the whole statement before the reason. */
function reasonOf(error: Error): string {
  return error.message.slice(error.message.lastIndexOf(' - ') + 1).trim() || error.name;
}

async function inTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${LONGEST_CONTACT_MS} ms`)), LONGEST_CONTACT_MS);
  });
  work.catch(() => undefined);
  try {
    await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
