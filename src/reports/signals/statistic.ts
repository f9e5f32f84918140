/** Median of numbers; 0 of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** How far from the median half of the values lie, scaled to a standard deviation of normal values; at least 1. */
export function spread(values: readonly number[]): number {
  const middle = median(values);
  return Math.max(1, 1.4826 * median(values.map((value) => Math.abs(value - middle))));
}

/** What is usual: the median and the last value that is not unusual. A few wild days move neither, unlike mean and deviation. */
export function usual(values: readonly number[], deviations: number): { median: number; limit: number } {
  const middle = median(values);
  return { median: middle, limit: Math.floor(middle + deviations * spread(values)) };
}
