/** Where the time stands in canonical JSON: no member that follows it has text in it but a version. */
const TIME = /,"t":"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)","v":1(?:,"version":"[^"]*")?\}$/;
/** The end of an entry without a version; 0 stands for a digit. */
const END = Buffer.from(',"t":"0000-00-00T00:00:00.000Z","v":1}');
const ZERO = 0x30;
const START = 6;
const LENGTH = 24;
/** A version has at most 256 characters. */
const FAR = 400;

/** The time of an entry, without reading the rest of it; `undefined` where it does not end as an entry does. */
export function entryTime(text: Buffer): string | undefined {
  const from = text.length - END.length;
  if (from > 0 && endsAsUsual(text, from)) return text.toString('latin1', from + START, from + START + LENGTH);
  return TIME.exec(text.toString('latin1', Math.max(0, text.length - FAR)))?.[1];
}

function endsAsUsual(text: Buffer, from: number): boolean {
  for (let i = 0; i < END.length; i++) {
    const byte = text[from + i] as number;
    const form = END[i] as number;
    if (form === ZERO ? byte < ZERO || byte > ZERO + 9 : byte !== form) return false;
  }
  return true;
}
