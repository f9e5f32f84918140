import type { SKRSContext2D } from '@napi-rs/canvas';

const ANGLE = -Math.PI / 7;

/**
 * Burns the mark in: tiles over the whole page, turned, every other row shifted, so that every piece of a page that is
 * worth stealing bears it whole. A dark and a light edge make it legible on any ground.
 */
export function burn(context: SKRSContext2D, width: number, height: number, lines: readonly string[]): void {
  if (lines.length === 0) return;
  const size = Math.max(13, Math.round(Math.min(width, height) / 46));
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.globalCompositeOperation = 'source-over';
  context.font = `${size}px "Lantai", sans-serif`;
  context.textBaseline = 'alphabetic';
  const widest = Math.max(...lines.map((line) => context.measureText(line).width));
  const stepX = widest + size * 2.2;
  const stepY = size * (1.35 * lines.length + 3.4);
  const reach = Math.hypot(width, height);
  context.translate(width / 2, height / 2);
  context.rotate(ANGLE);
  context.lineWidth = Math.max(1, size / 12);
  for (let y = -reach / 2, row = 0; y < reach / 2; y += stepY, row++) {
    for (let x = -reach / 2 - (row % 2) * (stepX / 2); x < reach / 2; x += stepX) {
      for (const [i, line] of lines.entries()) {
        context.strokeStyle = 'rgba(255, 255, 255, 0.35)';
        context.strokeText(line, x, y + i * size * 1.35);
        context.fillStyle = 'rgba(150, 30, 25, 0.42)';
        context.fillText(line, x, y + i * size * 1.35);
      }
    }
  }
  context.restore();
}
