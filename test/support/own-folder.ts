/**
 * Gives every test process a temporary folder of its own; AVA loads it before the test file. Whatever a test and the programs it
 * starts put aside goes with it, and what killed processes left behind goes when the next one starts.
 */
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ownPrefix, removeFolder, sweepLeftovers } from './leftovers.js';

const shared = tmpdir();
const own = mkdtempSync(join(shared, ownPrefix('test')));
chmodSync(own, 0o711); // the database runs under an account of its own, which passes through
process.env['LANTAI_TEST_SHARED'] = shared;
process.env['TMPDIR'] = own;
process.on('exit', () => removeFolder(own));
sweepLeftovers(shared);
