import { TILE } from '../log/tiles.js';

/** A tile or a bundle of entries; `width` below 256 is a partial one. */
export interface Part {
  /** `entries`, or the level of a tile of hashes. */
  level: number | 'entries';
  index: bigint;
  width: number;
}

const WIDTH = BigInt(TILE);

/** A number as C2SP tlog-tiles writes it in paths: groups of three digits, all but the last with an `x`. */
function numberPath(n: bigint): string {
  const last = String(n % 1000n).padStart(3, '0');
  return n < 1000n ? last : `${numberPath(n / 1000n).replace(/(\d{3})$/, 'x$1')}/${last}`;
}

/** The path of a part below its log (C2SP tlog-tiles): `tile/0/x001/067`, `tile/entries/003.p/17`. */
export function partPath({ level, index, width }: Part): string {
  return `tile/${level}/${numberPath(index)}${width === TILE ? '' : `.p/${width}`}`;
}

/** Of a partial part the size of the log from which a full one holds all of it; `null` of a full one. */
export function fullAt({ level, index, width }: Part): bigint | null {
  return width === TILE ? null : (index + 1n) << BigInt(8 * (level === 'entries' ? 1 : level + 1));
}

/** Place of a checkpoint of this size below its log. Twenty digits, so that names sort as sizes do. */
export function checkpointPath(size: bigint): string {
  return `checkpoints/${String(size).padStart(20, '0')}`;
}

/** Where the published log of a year stands in the object store. */
export function logPrefix(archiveId: string, log: string): string {
  return `log/${archiveId}/${log}`;
}

/** What stands at one level between two sizes: the full parts that were filled meanwhile, then the partial one at the end. */
function partsOf(level: Part['level'], from: bigint, to: bigint): Part[] {
  const parts: Part[] = [];
  for (let index = from / WIDTH; index < to / WIDTH; index++) parts.push({ level, index, width: TILE });
  if (to % WIDTH !== 0n && to > from) parts.push({ level, index: to / WIDTH, width: Number(to % WIDTH) });
  return parts;
}

/**
 * Everything to be published when a log grew from one size to another, in the order in which it is needed: entries, then hashes
 * from the lowest level up (pure). A partial part is superseded by the full one of the same index.
 */
export function* planParts(from: bigint, to: bigint): Generator<Part> {
  yield* partsOf('entries', from, to);
  for (let level = 0; to >> BigInt(8 * level) > 0n; level++) yield* partsOf(level, from >> BigInt(8 * level), to >> BigInt(8 * level));
}
