import { fileURLToPath } from 'node:url';

/** Folder of the fonts beside `dist/` and `src/`; the same place whether compiled or in a container. */
const FOLDER = new URL('../../../../assets/fonts/', import.meta.url);

export type Weight = 'regular' | 'bold';

/** pdfkit reads a path far faster than a registered font, and then embeds only the signs used. */
export const FONTS: Readonly<Record<Weight, string>> = {
  regular: fileURLToPath(new URL('NotoSansSC-Regular.ttf', FOLDER)),
  bold: fileURLToPath(new URL('NotoSansSC-Bold.ttf', FOLDER)),
};

/** 〓 stands for a sign that the font does not have, so that its absence is seen. */
export const MISSING = '〓';
