import { writeFile } from 'node:fs/promises';
import { errorsMarkdown } from './errors.js';

/** Writes the pages of `docs` that follow from the code: `npm run docs`. */
await writeFile(new URL('../../../docs/errors.md', import.meta.url), errorsMarkdown());
