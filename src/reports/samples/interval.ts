/** Quantiles of the normal distribution for two-sided intervals. */
const Z = { 0.9: 1.6448536269514722, 0.95: 1.959963984540054, 0.99: 2.5758293035489004 } as const;
export type Confidence = keyof typeof Z;

export interface Interval {
  /** Share found among those that were looked at. */
  share: number;
  low: number;
  high: number;
}

/** Wilson's score interval without continuity correction (Wilson 1927): good for small samples and for shares near 0 and 1. */
export function wilson(hits: number, of: number, confidence: Confidence): Interval {
  if (of === 0) return { share: 0, low: 0, high: 1 };
  const z = Z[confidence];
  const share = hits / of;
  const middle = share + (z * z) / (2 * of);
  const half = z * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  const whole = 1 + (z * z) / of;
  return { share, low: hits === 0 ? 0 : Math.max(0, (middle - half) / whole), high: hits === of ? 1 : Math.min(1, (middle + half) / whole) };
}

/** What a sample says of its frame: exactly, where all of it was looked at. */
export function estimate(hits: number, size: number, frame: number, confidence: Confidence): Interval & { method: 'wilson' | 'all' } {
  if (size === frame) return { method: 'all', share: hits / size, low: hits / size, high: hits / size };
  return { method: 'wilson', ...wilson(hits, size, confidence) };
}
