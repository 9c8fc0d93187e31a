/** The HTTP side: what comes in, what goes out, and when it is too much. What a prediction is, is said elsewhere. */
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { nearestName } from '../domain/nearest-name.ts';
import { faultPoint } from '../fault-hooks.ts';
import type { RecordKind } from '../store/log-records.ts';
import { type Problem, parseInstances } from './instances.ts';
import type { GatewayMetrics } from './metrics.ts';
import { parseOutcomes } from './outcomes-body.ts';
import type { Predictor } from './predicting.ts';
import type { RouteBook } from './routes.ts';
import { ChampionFailed } from './scoring.ts';
import { SpoolUnavailable } from './spool.ts';

export interface GatewayParts {
  readonly routes: RouteBook;
  readonly predict: Predictor;
  readonly log: (kind: RecordKind, lines: readonly string[], atMs: number) => Promise<void>;
  readonly now: () => number;
  readonly nextId: () => string;
  readonly metrics: GatewayMetrics;
  /** Empty: ready. Otherwise sentences that say why not. */
  readonly notReady: () => readonly string[];
  /** Requests that may be under way; more are sent away at once, so that those that are in are answered in time. */
  readonly mostUnderWay: number;
  readonly onTrouble: (sentence: string) => void;
}

export interface GatewayServer {
  readonly app: FastifyInstance;
  underWay(): number;
}

const BODY_BYTES = 4 * 1024 * 1024;
const REQUEST_TIMEOUT_MS = 10_000;
const HEADERS_TIMEOUT_MS = 5_000;

export function gatewayServer(parts: GatewayParts): GatewayServer {
  let underWay = 0;
  const app = Fastify({
    bodyLimit: BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // A client that sends a byte a second is cut off in time, not at Node's next half minute.
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: 1_000 },
    keepAliveTimeout: 65_000,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    // Nothing in a body is ever repaired: a text for a number is the caller's mistake, and stays visible.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
    routerOptions: { maxParamLength: 200 },
  });

  app.removeContentTypeParser('text/plain');
  app.addHook('onRequest', async (request, reply) => {
    if (!request.url.startsWith('/v1/')) return;
    if (underWay >= parts.mostUnderWay) return busy(reply, `${underWay} requests are under way already; try again in a moment`);
    underWay += 1;
    reply.raw.once('close', () => {
      underWay -= 1;
      parts.metrics.answered(request.routeOptions.url ?? 'unknown', reply.statusCode, reply.elapsedTime / 1_000);
    });
  });
  app.setErrorHandler((error: FastifyError, _request, reply) => explain(error, reply, parts));
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ error: `there is nothing at ${request.method} ${request.url.slice(0, 200)}` }),
  );

  app.post<{ Params: { model: string } }>('/v1/models/:model/predict', (request, reply) => predict(request, reply, parts));
  app.post('/v1/outcomes', (request, reply) => receive(request, reply, parts));
  app.get('/healthz', async () => ({ ok: true }));
  app.get('/readyz', async (_request, reply) => {
    const reasons = parts.notReady();
    return reply.code(reasons.length === 0 ? 200 : 503).send({ ready: reasons.length === 0, models: parts.routes.models(), reasons });
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type(parts.metrics.registry.contentType).send(await parts.metrics.registry.metrics()),
  );
  return { app, underWay: () => underWay };
}

async function predict(
  request: FastifyRequest<{ Params: { model: string } }>,
  reply: FastifyReply,
  parts: GatewayParts,
): Promise<FastifyReply> {
  const { model } = request.params;
  const serving = parts.routes.serving(model);
  if (serving === undefined) return reply.code(404).send({ error: unknownModel(model, parts.routes.models()) });
  const { single, instances, problems } = parseInstances(request.body);
  if (problems.length > 0) return refuse(reply, problems);
  const predicted = await parts.predict(serving, instances);
  if (predicted.kind === 'refused') return refuse(reply, predicted.problems);
  await faultPoint('gateway-before-reply');
  const { predictions } = predicted;
  return reply.send(single ? { model, ...predictions[0]! } : { model, predictions });
}

async function receive(request: FastifyRequest, reply: FastifyReply, parts: GatewayParts): Promise<FastifyReply> {
  const atMs = parts.now();
  const { outcomes, problems } = parseOutcomes(request.body, { nextId: parts.nextId, receivedAt: new Date(atMs).toISOString() });
  if (problems.length > 0) return refuse(reply, problems);
  await parts.log(
    'outcomes',
    outcomes.map((outcome) => JSON.stringify(outcome)),
    atMs,
  );
  await faultPoint('gateway-before-outcome-reply');
  parts.metrics.outcomesReceived(outcomes.length);
  return reply.code(202).send({ accepted: outcomes.length });
}

function refuse(reply: FastifyReply, problems: readonly Problem[]): FastifyReply {
  const { instance, field, expected, found } = problems[0]!;
  const where = field === '' ? `instance ${instance}` : `"${field}" of instance ${instance}`;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return reply.code(400).send({ error: `${where}: expected ${expected}, found ${found}${more}`, problems });
}

function unknownModel(model: string, known: readonly string[]): string {
  const nearest = nearestName(model, known);
  const names = known.length > 0 ? known.join(', ') : 'none yet';
  return `no model ${JSON.stringify(model.slice(0, 80))} is served here${nearest === null ? '' : `; did you mean "${nearest}"?`}; served: ${names}`;
}

function busy(reply: FastifyReply, sentence: string): FastifyReply {
  return reply.code(503).header('retry-after', '1').send({ error: sentence });
}

function explain(error: FastifyError, reply: FastifyReply, parts: GatewayParts): FastifyReply {
  if (error instanceof SpoolUnavailable) return busy(reply, `nothing can be logged, so nothing is answered: ${error.message}`);
  if (error instanceof ChampionFailed) {
    parts.onTrouble(error.message);
    return busy(reply, error.message);
  }
  const status = error.statusCode ?? 500;
  if (status >= 500) parts.onTrouble(`a request failed: ${error.stack ?? error.message}`);
  return reply.code(status).send({ error: status >= 500 ? 'the gateway failed to answer; its log says why' : sentenceFor(error) });
}

function sentenceFor(error: FastifyError): string {
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return 'expected content-type application/json';
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return 'expected a JSON body, found nothing';
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return `expected a body of at most ${BODY_BYTES / 1024 / 1024} MiB`;
    default:
      return error.statusCode === 400 ? `expected JSON: ${error.message}` : error.message;
  }
}
