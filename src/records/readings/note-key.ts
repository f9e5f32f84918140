import { createHmac, type KeyObject } from 'node:crypto';

/** Words that mean the same to a reader: width, case, blanks and signs do not tell texts apart. */
export function foldNote(note: string): string {
  return note
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s\p{P}\p{S}\p{C}]+/gu, '');
}

/** The folded text under a key: tells that two texts are the same, and nothing of what they say. `null` where nothing is left of it. */
export function noteKey(secret: KeyObject, note: string): Buffer | null {
  const folded = foldNote(note);
  return folded === '' ? null : createHmac('sha256', secret).update(folded).digest();
}
