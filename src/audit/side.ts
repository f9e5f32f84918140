import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { canonicalJson, openField, sealField } from '../crypto/index.js';
import type { EntryInput } from './types.js';

const MAX_BYTES = 65_536;

/** What stands in a side row before sealing. `blind` makes the commitment say nothing once the row is gone. */
export interface Side {
  blind: string;
  values: Record<string, string>;
}

/** Commitment of the entry to its side row: HMAC-SHA256 under the row's own random blind. */
export function commitmentTo(side: Side): string {
  return createHmac('sha256', createSecretKey(Buffer.from(side.blind, 'base64url')))
    .update(canonicalJson(side.values))
    .digest('base64url');
}

/** The side of an entry: free text and the caller's address; `undefined` where there is nothing to keep. */
export function sideOf(input: EntryInput, blind: Buffer): Side | undefined {
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(input.side ?? {})) if (value !== '') values[name] = value.toWellFormed();
  if (input.actor.address !== null) values['address'] = input.actor.address;
  if (Object.keys(values).length === 0) return undefined;
  if (Buffer.byteLength(canonicalJson(values)) > MAX_BYTES) throw new Error('not an audit entry: side too large');
  return { blind: blind.toString('base64url'), values };
}

const contextOf = (entryId: string): string => `lantai/audit-side/v1/${entryId}`;

export function sealSide(key: KeyObject, entryId: string, side: Side, random: (n: number) => Buffer): Buffer {
  return sealField(key, contextOf(entryId), canonicalJson(side), random);
}

/** Opens a side row; throws when it was changed or belongs to another entry. */
export function openSide(key: KeyObject, entryId: string, sealed: Buffer): Side {
  return JSON.parse(openField(key, contextOf(entryId), sealed)) as Side;
}
