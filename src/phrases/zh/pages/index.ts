import { gate } from './gate.js';
import { home, search } from './home.js';
import { reading, readings, record } from './record.js';

/** Texts of the pages, one group per page. */
export const pages = { gate, home, search, record, reading, readings } as const;
