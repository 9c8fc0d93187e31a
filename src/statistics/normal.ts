/** The standard normal distribution, accurate to about 14 digits, also far out in the tails where probabilities round to 0 or 1. */
const LOG_SQRT_2PI = 0.5 * Math.log(2 * Math.PI);
/** Beyond this the series for the middle loses digits and the continued fraction for the tail gains them. */
const TAIL = 4;

function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x - LOG_SQRT_2PI);
}

/** P(Z <= x). */
export function normalCdf(x: number): number {
  if (x < -TAIL) return Math.exp(logNormalCdf(x));
  if (x > TAIL) return 1 - Math.exp(logNormalCdf(-x));
  return 0.5 + normalDensity(x) * middleSeries(x);
}

/** ln P(Z <= x), finite where the probability itself would be 0. */
export function logNormalCdf(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x === -Infinity) return -Infinity;
  if (x < -TAIL) return -0.5 * x * x - LOG_SQRT_2PI - Math.log(millsDenominator(-x));
  return Math.log1p(-normalUpper(x));
}

/** The x with P(Z <= x) = p. Newton on the logarithm, which is concave, so it converges from the left without overshooting. */
export function normalQuantile(p: number): number {
  if (!(p >= 0 && p <= 1)) return Number.NaN;
  if (p === 0) return -Infinity;
  if (p > 0.5) return -normalQuantile(1 - p);
  const target = Math.log(p);
  let x = -Math.sqrt(-2 * target);
  for (let round = 0; round < 50; round++) {
    const logCdf = logNormalCdf(x);
    const step = (target - logCdf) / Math.exp(-0.5 * x * x - LOG_SQRT_2PI - logCdf);
    x += step;
    if (Math.abs(step) < 1e-14 * Math.max(1, Math.abs(x))) break;
  }
  return x;
}

function normalUpper(x: number): number {
  if (x > TAIL) return Math.exp(-0.5 * x * x - LOG_SQRT_2PI) / millsDenominator(x);
  return 0.5 - normalDensity(x) * middleSeries(x);
}

/** x + x^3/3 + x^5/(3*5) + ... (Marsaglia 2004, Evaluating the normal distribution). */
function middleSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let odd = 3; Math.abs(term) > 1e-17 * Math.abs(sum); odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return sum;
}

/** Laplace's continued fraction x + 1/(x + 2/(x + 3/...)): the density divided by it is the upper tail. */
function millsDenominator(x: number): number {
  let fraction = x;
  for (let k = 80; k >= 1; k--) fraction = x + k / fraction;
  return fraction;
}
