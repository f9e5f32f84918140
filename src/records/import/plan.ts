import { createHmac, type KeyObject } from 'node:crypto';
import { bindMapping, type Mapper } from './map/mapper.js';
import type { Mapping } from './map/mapping.js';
import { isStandard, standardMapping } from './map/standard.js';
import { refuseImport, type ImportSource } from './read/source.js';
import { openTable, type Table, type TableOptions } from './read/table.js';

/** What a person says about an import. */
export interface ImportOptions extends TableOptions {
  /** Left out: the file must have the standard headers. */
  mapping?: Mapping;
  /** Values for the mapping's parameters. */
  parameters?: Record<string, string>;
}

/** A file that was read through and bound to its mapping; nothing has been taken in yet. */
export interface Plan {
  table: Table;
  mapper: Mapper;
  parameters: Readonly<Record<string, string>>;
}

/** Reads the file once and binds the mapping; refuses whole (`import_refused`) what is broken or does not fit. */
export async function planImport(source: ImportSource, options: ImportOptions): Promise<Plan> {
  const { mapping, parameters = {} } = options;
  const table = await openTable(source, { ...(mapping && told(mapping)), ...options });
  if (mapping === undefined && !isStandard(table.header)) throw refuseImport('mapping_needed');
  const mapper = bindMapping(mapping ?? standardMapping(), table.header, parameters);
  return { table, mapper, parameters };
}

function told(mapping: Mapping): TableOptions {
  const { format, encoding, delimiter, sheet } = mapping;
  return { ...(format && { format }), ...(encoding && { encoding }), ...(delimiter && { delimiter }), ...(sheet && { sheet }) };
}

/** Recognises the same file with the same mapping and parameters again, and tells nobody anything about the file. */
export function macOf(key: KeyObject, plan: Plan): Buffer {
  const parameters = Object.entries(plan.parameters).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHmac('sha256', key).update(plan.table.digest).update(plan.mapper.mapping.digest).update(JSON.stringify(parameters)).digest();
}
