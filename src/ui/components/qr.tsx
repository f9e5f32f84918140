import { encodeQR } from 'qr';

/** Dots of quiet around a code; readers want four. */
const BORDER = 4;

/** A text as a QR code: one path, black on white also where the page is dark. Made on the server, without script. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: BORDER });
  const dots = rows.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])));
  return (
    <svg class="qr" role="img" aria-label={label} viewBox={`0 0 ${rows.length} ${rows.length}`} width="232" height="232" shape-rendering="crispEdges">
      <rect width="100%" height="100%" fill="#fff" />
      <path d={dots.join('')} fill="#000" />
    </svg>
  );
}
