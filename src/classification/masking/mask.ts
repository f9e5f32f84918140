import type { ClientType } from '../values.js';
import { findPersonalData } from './find.js';
import type { Finding, PersonalDataKind } from './find.js';
import { normalise } from './normal.js';

const SURNAMES = /^(欧阳|司马|上官|诸葛|司徒|东方|皇甫|尉迟|公孙|慕容|令狐|长孙|宇文|夏侯|端木|南宫|独孤|百里|呼延|轩辕)(?=.)/u;

const stars = (n: number): string => '*'.repeat(Math.max(n, 0));

/** A number with its middle hidden: three and four signs stay of eleven and more, two at the end of seven and more, none of fewer. */
export function maskNumber(number: string): string {
  const signs = Array.from(normalise(number).text.replace(/[^\p{L}\p{N}]/gu, ''));
  const [head, tail] = signs.length >= 11 ? [3, 4] : signs.length >= 7 ? [0, 2] : [0, 0];
  return signs.slice(0, head).join('') + stars(signs.length - head - tail) + signs.slice(signs.length - tail).join('');
}

/** `138****5678`; a landline keeps its last two digits, a country code is left out. */
export function maskPhone(phone: string): string {
  const digits = normalise(phone).text.replace(/\D/g, '');
  const mobile = /^(?:(?:00)?86)?(1[3-9]\d{9})$/.exec(digits)?.[1];
  if (mobile !== undefined) return `${mobile.slice(0, 3)}****${mobile.slice(-4)}`;
  return stars(digits.length - 2) + (digits.length >= 7 ? digits.slice(-2) : stars(Math.min(digits.length, 2)));
}

/** 张*, 欧阳**, J*** S****: the surname or initials stay, the length too. */
export function maskName(name: string): string {
  const text = name.trim();
  if (/\p{Script=Han}/u.test(text)) {
    const signs = Array.from(text);
    const kept = Math.min(SURNAMES.test(text) ? 2 : 1, signs.length - 1);
    return signs.slice(0, kept).join('') + stars(signs.length - kept);
  }
  return text
    .split(/\s+/)
    .map((word) => {
      const signs = Array.from(word);
      return signs.length === 1 ? '*' : (signs[0] ?? '') + stars(signs.length - 1);
    })
    .join(' ');
}

/** A client's name in lists: persons are masked, organisations are not persons and stay. */
export function maskClient(name: string, type: ClientType): string {
  return type === 'enterprise' || type === 'government' ? maskText(name).text : maskName(name);
}

/** `z***@example.com` */
export function maskEmail(address: string): string {
  const at = address.lastIndexOf('@');
  if (at < 1) return stars(Array.from(address).length);
  return `${Array.from(address)[0] ?? ''}***@${address.slice(at + 1)}`;
}

function replacement({ kind, plain }: Finding): string {
  if (kind === 'email') return maskEmail(plain);
  if (kind === 'phone') return maskPhone(plain);
  if (kind === 'bankCard') return stars(plain.replace(/\D/g, '').length - 4) + plain.replace(/\D/g, '').slice(-4);
  if (kind === 'plate') return plain.slice(0, 2) + stars(Array.from(plain).length - 2);
  if (kind === 'address') return plain.replace(/\d+/g, '*').trimEnd();
  return kind === 'name' ? maskName(plain) : maskNumber(plain);
}

export interface Masked {
  text: string;
  /** How many of each kind were found; kinds that were not found are left out. */
  found: Partial<Record<PersonalDataKind, number>>;
}

/**
 * Masks personal data in free text. `names` are those the record knows (client, participants); they are masked
 * wherever they stand, which no pattern could do. `spared` says of a finding that it is a false alarm: it stays as it is.
 */
export function maskText(original: string, names: readonly string[] = [], spared: (finding: Finding) => boolean = () => false): Masked {
  const known = nameFinder(names);
  const found: Masked['found'] = {};
  const count = (kind: PersonalDataKind): void => void (found[kind] = (found[kind] ?? 0) + 1);
  const hideNames = (text: string): string =>
    known === undefined
      ? text
      : text.replace(known, (name) => {
          count('name');
          return maskName(name);
        });
  const parts: string[] = [];
  let at = 0;
  for (const one of findPersonalData(original)) {
    if (spared(one)) continue;
    parts.push(hideNames(original.slice(at, one.start)), replacement(one));
    at = one.end;
    count(one.kind);
  }
  parts.push(hideNames(original.slice(at)));
  return { text: parts.join(''), found };
}

/** Finds any of the names, the longest first; a single sign is no name. */
function nameFinder(names: readonly string[]): RegExp | undefined {
  const usable = [...new Set(names.map((one) => one.trim()))].filter((one) => Array.from(one).length > 1).sort((a, b) => b.length - a.length);
  return usable.length === 0 ? undefined : new RegExp(usable.map((one) => one.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g');
}
