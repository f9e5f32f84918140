import { encodeQR } from 'qr';

/** Dots of quiet around a code; readers want four. */
const BORDER = 4;

/** A text as a QR code for a terminal: two rows of dots in a line. Dark on light where the terminal is light, the reverse where it is dark. */
export function qrLines(text: string): string[] {
  const rows = encodeQR(text, 'raw', { ecc: 'low', border: BORDER });
  const at = (x: number, y: number): boolean => rows[y]?.[x] ?? false;
  return Array.from({ length: Math.ceil(rows.length / 2) }, (_, line) =>
    (rows[0] ?? []).map((_dot, x) => ' ▀▄█'[Number(at(x, 2 * line)) + 2 * Number(at(x, 2 * line + 1))]).join(''),
  );
}
