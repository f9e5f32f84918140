import { allocateCodes, type CodeInput, formatCode, seriesOf } from '../../classification/index.js';
import type { Tx } from '../../db/index.js';
import type { RecordsDeps } from '../deps.js';
import { periodOfRule } from '../term.js';

/** What the archival code of a record is made of. */
export interface ToCode {
  fonds: string;
  service_type: string;
  closed_at: Date;
  term_rule: string;
  schedule_version: string;
  scheme_version: string;
}

/** Archival codes 档号, gapless in each series, in the order of the records. The counters are held until the end of the transaction. */
export async function giveCodes(deps: RecordsDeps, tx: Tx, rows: readonly ToCode[]): Promise<string[]> {
  const inputs = rows.map((row) => codeInput(deps, row));
  const series = rows.map((row, i) => seriesOf(deps.schemes.get(row.scheme_version), inputs[i] as CodeInput));
  const wanted = new Map<string, number>();
  for (const one of series) wanted.set(one, (wanted.get(one) ?? 0) + 1);
  const next = await allocateCodes(
    tx,
    [...wanted].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, count]) => ({ series: name, count })),
  );
  return rows.map((row, i) => {
    const name = series[i] as string;
    const item = next.get(name) as number;
    next.set(name, item + 1);
    return formatCode(deps.schemes.get(row.scheme_version), inputs[i] as CodeInput, item);
  });
}

function codeInput(deps: RecordsDeps, row: ToCode): CodeInput {
  return {
    fonds: row.fonds,
    serviceType: row.service_type as CodeInput['serviceType'],
    closedAt: row.closed_at,
    period: periodOfRule(deps.schedules, row.schedule_version, row.term_rule),
    zone: deps.settings.zone,
  };
}
