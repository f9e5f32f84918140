import { z } from 'zod';

/** What one certified copy may hold. */
export const CERTIFY_LIMITS = {
  pages: 40,
  /** Rectangles on one page. */
  boxes: 100,
  /** Bytes of the finished PDF. */
  bytes: 64 * 2 ** 20,
} as const;

const share = z.number().min(0, 'too_small').max(1, 'too_large');

/** A rectangle in shares of the page's width and height, from its upper left corner. */
const box = z.strictObject({ x: share, y: share, width: share.positive('too_small'), height: share.positive('too_small') });

/** Which pages of which files, in the order of the copy, and what on them is blacked out. */
export const certifyInput = z.strictObject({
  recordId: z.uuid({ error: 'not_a_uuid' }),
  pages: z
    .array(
      z.strictObject({
        fileId: z.uuid({ error: 'not_a_uuid' }),
        page: z.int().min(1, 'too_small').max(10_000, 'too_large'),
        boxes: z.array(box).max(CERTIFY_LIMITS.boxes, 'too_many').default([]),
      }),
    )
    .min(1, 'empty')
    .max(CERTIFY_LIMITS.pages, 'too_many'),
});

export type CertifyInput = z.input<typeof certifyInput>;
export type ChosenPage = z.output<typeof certifyInput>['pages'][number];
