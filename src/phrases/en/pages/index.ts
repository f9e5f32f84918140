import type { Phrases } from '../../types.js';
import type { pages as zh } from '../../zh/pages/index.js';
import { gate } from './gate.js';
import { home, search } from './home.js';
import { reading, readings, record } from './record.js';

export const pages: Phrases<typeof zh> = { gate, home, search, record, reading, readings };
