import type { PartName } from '../values.js';
import { keysPart } from './keys.js';
import { objectsPart } from './objects.js';
import type { Part } from './part.js';
import { entriesPart, readingsPart } from './readings.js';
import { recordsPart } from './records.js';
import { storedPart } from './stored.js';
import { termsPart } from './terms.js';

export const parts: Readonly<Record<PartName, Part>> = {
  keys: keysPart,
  records: recordsPart,
  terms: termsPart,
  readings: readingsPart,
  entries: entriesPart,
  objects: objectsPart,
  store: storedPart,
};
