/** Probability of at most `k` among `n` at share `p`; in logarithms, since the first term may be smaller than any number. */
function atMost(k: number, n: number, p: number): number {
  let term = n * Math.log1p(-p);
  let sum = 0;
  for (let i = 0; i <= k; i++) {
    sum += Math.exp(term);
    term += Math.log((n - i) / (i + 1)) + Math.log(p) - Math.log1p(-p);
  }
  return sum;
}

/**
 * The greatest share of the whole that a sample still leaves possible (Clopper–Pearson, one-sided): were it more, so few would have
 * been found with a probability of at most one minus the confidence. Of 1,000 that are all sound it says 0.3 % at 95 %. Drawing
 * without replacement, as here, only makes it smaller.
 */
export function upperBound(found: number, looked: number, confidence = 0.95): number {
  if (looked === 0 || found >= looked) return 1;
  if (found === 0) return -Math.expm1(Math.log1p(-confidence) / looked);
  let [low, high] = [found / looked, 1];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (atMost(found, looked, middle) > 1 - confidence) low = middle;
    else high = middle;
  }
  return high;
}

/** A share in per cent, rounded up: a bound must not promise more than it is. */
export function percentUp(share: number): string {
  const digits = share >= 0.1 ? 0 : Math.min(6, Math.ceil(-Math.log10(share * 100)) + 1);
  const unit = 10 ** Math.max(digits, 1);
  return `${Math.ceil(share * 100 * unit) / unit} %`;
}
