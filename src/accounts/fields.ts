import { z } from 'zod';

const CONTROL = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u;

function text(max: number) {
  return z
    .string()
    .refine((s) => s.isWellFormed(), { error: 'lone_surrogate', abort: true })
    .refine((s) => !CONTROL.test(s), { error: 'control_character', abort: true })
    .transform((s) => s.trim())
    .refine((s) => s !== '', { error: 'empty', abort: true })
    .refine((s) => [...s].length <= max, { error: 'too_long', params: { max } });
}

/** The name people know somebody by. */
export const displayName = text(100);

/** User names are told apart neither by case nor by width. */
export function foldUsername(typed: string): string {
  return typed.normalize('NFKC').trim().toLowerCase();
}

export function isUsername(folded: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{1,39}$/.test(folded);
}

export const username = z.string().transform(foldUsername).refine(isUsername, { error: 'not_a_name' });

export const departmentCode = z
  .string()
  .refine((s) => s.isWellFormed(), { error: 'lone_surrogate', abort: true })
  .regex(/^[\p{L}\p{N}_-]{1,40}$/u, 'not_a_code');

export const uuid = z.uuid({ error: 'not_a_uuid' });

/** How many items a page may hold. */
export const pageLimit = z.int().min(1).max(200).default(50);
