import type { ExecutionDeps } from './deps.js';
import { registerNumbers, type RecordRegister } from './view-store.js';

/** The register under which each of these records goes or went, for whoever may see the record anyway. Records that stay are left out. */
export async function registersOf(deps: Pick<ExecutionDeps, 'db'>, records: readonly string[]): Promise<ReadonlyMap<string, RecordRegister>> {
  if (records.length === 0) return new Map();
  return new Map((await registerNumbers(deps.db, records)).map((row) => [row.record, row]));
}
