import { type Cell, type Column, isCommon } from '../../db/index.js';
import type { SealedFacts } from '../../vault/index.js';
import { isTime, type NewRecord } from '../capture/insert-store.js';

/** A record on its way: its row of the catalogue, and its sealed body, which is its only object. */
export interface AnnouncedRecord {
  row: NewRecord;
  sealed: SealedFacts;
}

/** One value for all rows, or one each. */
type Kept = { all: Cell } | { each: readonly Cell[] };

/** Ids that stand in the row already. */
type Seal = Omit<SealedFacts, 'recordId' | 'versionId' | 'fonds'>;
const SEAL: Record<keyof Seal, 'bytes' | 'plain'> = {
  objectId: 'plain',
  suite: 'plain',
  plainSize: 'plain',
  sealedSize: 'plain',
  bucket: 'plain',
  generation: 'plain',
  digest: 'bytes',
  wrappedKey: 'bytes',
  replayMac: 'bytes',
};
const SEAL_NAMES = Object.keys(SEAL) as (keyof Seal)[];

function textOf(value: Cell): Cell {
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64') : value;
}

function kept(column: Column): Kept {
  if (isCommon(column)) return { all: textOf(column.values[0] ?? null) };
  return { each: column.type === 'bytea' ? column.values.map(textOf) : column.values };
}

/** Records on their way as text: masked or sealed like the rows that they will be. What all have in common is told once. */
export function toPayload(columns: readonly Column[], sealed: readonly SealedFacts[]): string {
  const seals = SEAL_NAMES.map((name): Column => ({ name, type: SEAL[name] === 'bytes' ? 'bytea' : 'text', values: sealed.map((one) => one[name]) }));
  const whole = (list: readonly Column[]): Record<string, Kept> => Object.fromEntries(list.map((column) => [column.name, kept(column)]));
  return JSON.stringify({ v: 1, count: sealed.length, rows: whole(columns), seals: whole(seals) });
}

function bytesOf(value: Cell): Buffer | null {
  return typeof value === 'string' ? Buffer.from(value, 'base64') : null;
}

function timeOf(value: Cell): Date | null {
  return typeof value === 'string' ? new Date(value) : null;
}

function at(columns: Record<string, Kept>, index: number, change: (name: string, value: Cell) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(columns).map(([name, one]) => [name, change(name, 'all' in one ? one.all : (one.each[index] ?? null))]));
}

export function fromPayload(text: string): AnnouncedRecord[] {
  const { count, rows, seals } = JSON.parse(text) as { count: number; rows: Record<string, Kept>; seals: Record<string, Kept> };
  return Array.from({ length: count }, (_, i) => {
    const row = at(rows, i, (name, value) =>
      name === 'client_name_sealed' || name === 'client_phone_key' ? bytesOf(value) : isTime(name) ? timeOf(value) : value,
    ) as unknown as NewRecord;
    const seal = at(seals, i, (name, value) => (SEAL[name as keyof Seal] === 'bytes' ? bytesOf(value) : value)) as unknown as Seal;
    return { row, sealed: { ...seal, recordId: row.id, versionId: row.version_id, fonds: row.fonds } };
  });
}
