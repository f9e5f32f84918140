import { openField, sealField } from '../crypto/index.js';
import { invalidField } from '../errors/index.js';
import type { PrivacyDeps } from './deps.js';

/** Longest texts of a request, in characters. */
export const PRIVACY_LENGTHS = { asked: 4_000, name: 200, contact: 300, note: 2_000 } as const;

/** What a client wrote, and who wrote it; sealed as one. */
export interface Asked {
  asked: string;
  name: string;
  contact: string;
}

export const askedContext = (id: string): string => `privacy/${id}/asked`;
export const noteContext = (id: string): string => `privacy/${id}/note`;
export const letterContext = (id: string): string => `privacy-letter/${id}`;

export function sealAsked(deps: PrivacyDeps, id: string, asked: Asked): Buffer {
  return sealField(deps.keystore.secret('catalogue'), askedContext(id), JSON.stringify(asked));
}

export function openAsked(deps: PrivacyDeps, id: string, sealed: Buffer): Asked {
  return JSON.parse(openField(deps.keystore.secret('catalogue'), askedContext(id), sealed)) as Asked;
}

/** A trimmed text of at most so many characters; `missing` where it must not be empty. */
export function textOf(field: string, text: string | undefined, max: number, needed = false): string {
  const trimmed = text?.trim() ?? '';
  if (needed && trimmed === '') throw invalidField(field, 'missing');
  if (trimmed.length > max) throw invalidField(field, 'too_long', { max });
  return trimmed;
}

/** `P-2026-000123` */
export function numberOf({ year, serial }: { year: number; serial: number }): string {
  return `P-${year}-${String(serial).padStart(6, '0')}`;
}
