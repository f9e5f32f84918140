import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../crypto/index.js';
import { CodedError } from '../../errors/index.js';
import { countRows, ROW_BYTES } from './rows.js';

const FORM = 'lantai/key-table/v1\n';
const MAC = 32;

const header = z.strictObject({
  archive: z.uuid(),
  bucket: z.uuid(),
  generation: z.int().min(1),
  /** Counts up: of two snapshots of a bucket the higher one is the newer. */
  number: z.int().min(1),
  count: z.int().min(0),
  madeAt: z.iso.datetime(),
});
export type SnapshotHeader = z.infer<typeof header>;

export interface KeySnapshot extends SnapshotHeader {
  /** Rows of the key table, in the order of their objects. */
  rows: Buffer;
}

const macOf = (secret: KeyObject, data: Buffer): Buffer => createHmac('sha256', secret).update(data).digest();

/**
 * A bucket's part of the key table as a file (see docs/key-table.md): a line that names the form, a line of canonical JSON, the
 * rows, and an HMAC-SHA-256 over all of it under a secret of the keystore. It holds no key in the open.
 */
export function writeSnapshot(secret: KeyObject, { rows, ...head }: KeySnapshot): Buffer {
  if (countRows(rows) !== head.count) throw new Error('the count is not that of the rows');
  const data = Buffer.concat([Buffer.from(FORM), Buffer.from(`${canonicalJson(head)}\n`), rows]);
  return Buffer.concat([data, macOf(secret, data)]);
}

const refuse = (detail: string): CodedError => new CodedError('key_unavailable', { detail });

/** Reads a snapshot back; `key_unavailable` where it is not whole or another hand's. */
export function readSnapshot(secret: KeyObject, file: Buffer): KeySnapshot {
  const data = file.subarray(0, Math.max(0, file.length - MAC));
  const wanted = macOf(secret, data);
  if (file.length < MAC || !timingSafeEqual(wanted, file.subarray(file.length - MAC))) throw refuse('a snapshot of the key table was changed');
  const end = data.indexOf('\n', FORM.length);
  if (data.subarray(0, FORM.length).toString('latin1') !== FORM || end < 0) throw refuse('not a snapshot of the key table');
  const head = header.parse(JSON.parse(data.subarray(FORM.length, end).toString('utf8')));
  const rows = data.subarray(end + 1);
  if (rows.length !== head.count * ROW_BYTES) throw refuse('a snapshot of the key table is not whole');
  return { ...head, rows };
}
