import type { KeyObject } from 'node:crypto';
import { openNote, signNote } from '../log/note.js';
import type { Hash } from '../log/tree.js';

/** The file below a log that says that its entries were destroyed by rule. */
export const GONE_FILE = 'gone';
/** No checkpoint has this in its second line, so that neither passes for the other. */
const KIND = 'entries destroyed';

/** That the entries of a log were destroyed at the end of their term: who decided, by what rule, and what stays. */
export interface GoneNote {
  origin: string;
  /** All entries of the log, and the root over them: their hashes stay. */
  size: bigint;
  root: Hash;
  /** The first entry, which names the log before: it stays. */
  opening: string;
  /** UTC. */
  at: string;
  /** The schedule by which the term was over. */
  rule: string;
  /** Id of the procedure, on record in the log of that day. */
  procedure: string;
  /** Pseudonyms: who proposed it, who approved. */
  persons: readonly string[];
}

/** The signed certificate of a destruction of entries (C2SP signed note). */
export function signGone(note: GoneNote, keys: { privateKey: KeyObject; publicKey: KeyObject }): string {
  const { origin, size, root, opening, at, rule, procedure, persons } = note;
  const lines = [origin, KIND, `${size} ${root.toString('base64')}`, Buffer.from(opening).toString('base64'), at, rule, procedure, persons.join(' ')];
  return signNote(`${lines.join('\n')}\n`, origin, keys);
}

/** The certificate in a note that is signed under its own origin; `undefined` for anything else. */
export function openGone(text: string, publicKey: KeyObject): GoneNote | undefined {
  const name = text.slice(0, text.indexOf('\n'));
  const signed = openNote(text, name, publicKey);
  return signed === undefined ? undefined : goneLines(signed);
}

/** What a note says, whoever signed it: nothing to go by before its signature was asked. `undefined` for anything that is no such note. */
export function goneLines(text: string): GoneNote | undefined {
  const [origin, kind, end, opening, at, rule, procedure, persons] = text.split('\n');
  const [, size, root] = /^([1-9][0-9]{0,18}) ([A-Za-z0-9+/]{43}=)$/.exec(end ?? '') ?? [];
  if (kind !== KIND || !origin || !size || !root || !opening || !at || !rule || !procedure || !persons) return undefined;
  const entry = Buffer.from(opening, 'base64').toString('utf8');
  return { origin, size: BigInt(size), root: Buffer.from(root, 'base64'), opening: entry, at, rule, procedure, persons: persons.split(' ') };
}
