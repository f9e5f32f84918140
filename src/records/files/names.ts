/** A file's name made safe to show, store and offer for download; `original` is kept (sealed) beside it. */
export interface CleanName {
  name: string;
  original: string;
  cleaned: boolean;
}

export const NAME_POINTS = 255;
/** C0, C1, and what reorders or hides text (bidi controls, zero-width characters): they disguise an extension. */
const INVISIBLE = /[\u0000-\u001F\u007F-\u009F\u061C\u200B\u200E\u200F\u2028\u2029\u202A-\u202E\u2060\u2066-\u2069\uFEFF]/gu;
/** Not allowed in names by Windows; a person there must be able to save the file. */
const FORBIDDEN = /[<>:"|?*]/g;
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/**
 * The last path part, without control and direction characters, forbidden signs, or leading and trailing dots and blanks,
 * at most 255 code points with the extension kept. What is left empty becomes `file`.
 */
export function cleanName(original: string): CleanName {
  const last = original.toWellFormed().replace(INVISIBLE, '').split(/[/\\]/).at(-1) ?? '';
  let name = last.replace(FORBIDDEN, '_').normalize('NFC').trim();
  name = name
    .replace(/[. ]+$/u, '')
    .replace(/^\.+/, '')
    .trim();
  if (name === '') name = 'file';
  if (DEVICE.test(name)) name = `_${name}`;
  name = shorten(name);
  return { name, original, cleaned: name !== original };
}

function shorten(name: string): string {
  const points = [...name];
  if (points.length <= NAME_POINTS) return name;
  const extension = extensionOf(name);
  const tail = extension === '' ? [] : [...`.${extension}`];
  return [...points.slice(0, NAME_POINTS - tail.length), ...tail].join('');
}

/** Lower-case extension without the dot; `''` where there is none or it is no extension (longer than 10, not alphanumeric). */
export function extensionOf(name: string): string {
  return /[^.]\.([a-z0-9]{1,10})$/i.exec(name)?.[1]?.toLowerCase() ?? '';
}
