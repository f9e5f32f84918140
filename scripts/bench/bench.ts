import { setTimeout as sleep } from 'node:timers/promises';

/** One line of a bench: a ratio against a baseline measured in the same run, or a figure with its limit. */
export interface Figure {
  what: string;
  value: number;
  unit: string;
  /** What it should reach, and whether it did. */
  reach: string;
  reached: boolean;
  /** The raw figures behind it. */
  detail: string;
}

export type Bench = () => Promise<Figure[]>;

export const MiB = 1_048_576;
export const GiB = 1024 * MiB;

export async function seconds(work: () => Promise<unknown> | unknown): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

export interface Cost {
  time: number;
  cpu: number;
}

/** Seconds on the clock, and of processor time: the second one holds also on a busy machine. */
export async function costs(work: () => Promise<unknown>): Promise<Cost> {
  const before = process.cpuUsage();
  const time = await seconds(work);
  const { user, system } = process.cpuUsage(before);
  return { time, cpu: (user + system) / 1e6 };
}

export function median(list: readonly number[]): number {
  return percentile(list, 0.5);
}

export function percentile(list: readonly number[], share: number): number {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export function speed(bytes: number, time: number): string {
  return `${(bytes / MiB / time).toFixed(0)} MiB/s`;
}

/** Growth of resident memory above what there was when it began, in MiB, at its highest. */
export async function memoryGrowth(work: () => Promise<unknown>): Promise<number> {
  globalThis.gc?.();
  await sleep(100);
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 20);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return (most - before) / MiB;
}
