/** Where the time stands in canonical JSON: no member that follows it has text in it but a version. */
const TIME = /,"t":"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)","v":1(?:,"version":"[^"]*")?\}$/;
const FORM = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const BEFORE = ',"t":"';
const AFTER = '","v":1}';
const LENGTH = BEFORE.length + 24 + AFTER.length;
/** A version has at most 256 characters. */
const FAR = 400;

/** The time of an entry, without reading the rest of it; `undefined` where it does not end as an entry does. */
export function entryTime(text: Buffer): string | undefined {
  if (text.length > LENGTH) {
    const end = text.toString('latin1', text.length - LENGTH);
    if (end.startsWith(BEFORE) && end.endsWith(AFTER)) {
      const time = end.slice(BEFORE.length, BEFORE.length + 24);
      if (FORM.test(time)) return time;
    }
  }
  return TIME.exec(text.toString('latin1', Math.max(0, text.length - FAR)))?.[1];
}
