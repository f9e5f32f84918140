import { createHash } from 'node:crypto';
import { openTimestamp } from '../../crypto/index.js';
import { checkpointPath } from '../publish/layout.js';
import type { KnownCheckpoint } from './checkpoints.js';
import type { LogSource } from './source.js';
import type { Anchor, PublishedFault } from './types.js';

/** Certificates of trusted authorities, PEM. */
export type TimestampRoots = readonly string[];

/** `<size, 20 digits>-<name>.tsr`: an RFC 3161 response over the bytes of the checkpoint of that size. */
const NAME = /^(\d{20})-[A-Za-z0-9_-]+\.tsr$/;

/**
 * Checks the time stamps that lie beside a log. Each must be over a checkpoint that fits the log. Without trusted certificates none is
 * believed, and none is a fault.
 */
export async function checkTimestamps(
  source: LogSource,
  log: string,
  good: readonly KnownCheckpoint[],
  roots: TimestampRoots | undefined,
): Promise<{ anchors: Anchor[]; faults: PublishedFault[] }> {
  const anchors: Anchor[] = [];
  const faults: PublishedFault[] = [];
  if (!roots || roots.length === 0) return { anchors, faults };
  const sizes = new Set(good.map((one) => one.size));
  for (const file of (await source.list(`${log}/timestamps`)).filter((one) => one.endsWith('.tsr'))) {
    const name = `${log}/timestamps/${file}`;
    const size = BigInt(NAME.exec(file)?.[1] ?? -1);
    const stamp = openTimestamp((await source.read(name)) ?? Buffer.alloc(0), roots);
    const note = size >= 0n ? await source.read(`${log}/${checkpointPath(size)}`) : undefined;
    const fits = stamp !== undefined && note !== undefined && sizes.has(size) && createHash('sha256').update(note).digest().equals(stamp.digest);
    if (fits) anchors.push({ by: 'timestamp', size, since: stamp.at.toISOString(), name });
    else faults.push({ kind: 'timestamp', log, sequence: size < 0n ? null : size, name });
  }
  return { anchors, faults };
}
