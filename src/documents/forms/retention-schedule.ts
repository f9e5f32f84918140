import { Sheet } from '../pdf/sheet.js';
import { signPdf, type DocumentSigner } from '../pdf/sign.js';
import { pdfTable } from '../pdf/table.js';
import { both, label } from './both.js';
import { facts } from './facts.js';

/** A text as it is printed in both languages. */
interface Pair {
  zh: string;
  en: string;
}

/** One rule of a schedule, in words. */
export interface ScheduleRuleRow {
  title: Pair;
  match: Pair;
  period: Pair;
  minimum: Pair;
  maximum: Pair;
  trigger: Pair;
  basis: Pair;
  owner: Pair;
}

export interface RetentionScheduleForm {
  archive: string;
  fonds: string;
  /** `general@2026-01` */
  version: string;
  title: Pair;
  digest: string;
  /** Whether it acts, waits or was superseded, in both languages. */
  state: string;
  /** When it came into force; `''` where it has not. */
  since: string;
  approvedBy: readonly string[];
  madeAt: Date;
  zone: string;
  rules: readonly ScheduleRuleRow[];
}

const lines = ({ zh, en }: Pair): string => (zh === en ? zh : `${zh}\n${en}`);

/** 保管期限表: every rule of a version of the retention schedule with its basis, A4 landscape; signed by the archive. */
export async function retentionSchedulePdf(form: RetentionScheduleForm, signer: DocumentSigner): Promise<Buffer> {
  const { archive, madeAt, zone } = form;
  const title = both((t) => t.retentionSchedule.title);
  const sheet = new Sheet({ title, archive, madeAt, zone, pdfA: true, landscape: true, keywords: form.version });
  facts(sheet, [
    [label((t) => t.fonds), form.fonds],
    [label((t) => t.retentionSchedule.version), `${form.version} · ${form.title.zh} ${form.title.en}`],
    [label((t) => t.retentionSchedule.state), [form.state, form.since].filter((text) => text !== '').join(' · ')],
    [label((t) => t.retentionSchedule.approvedBy), form.approvedBy.join(' · ')],
    [label((t) => t.retentionSchedule.digest), form.digest],
  ]);
  const head = (pick: Parameters<typeof both>[0]) => both(pick);
  const column = (share: number, pick: Parameters<typeof both>[0], value: (row: ScheduleRuleRow) => string) => ({ head: head(pick), share, value });
  await pdfTable(sheet, {
    empty: both((t) => t.empty),
    rows: form.rules,
    columns: [
      { head: both((t) => t.column.number), share: 4, align: 'center', value: (_, i) => String(i + 1) },
      column(
        16,
        (t) => t.retentionSchedule.rule,
        (row) => lines(row.title),
      ),
      column(
        20,
        (t) => t.retentionSchedule.match,
        (row) => lines(row.match),
      ),
      column(
        8,
        (t) => t.retentionSchedule.period,
        (row) => lines(row.period),
      ),
      column(
        8,
        (t) => t.retentionSchedule.minimum,
        (row) => lines(row.minimum),
      ),
      column(
        8,
        (t) => t.retentionSchedule.maximum,
        (row) => lines(row.maximum),
      ),
      column(
        9,
        (t) => t.retentionSchedule.trigger,
        (row) => lines(row.trigger),
      ),
      column(
        20,
        (t) => t.retentionSchedule.basis,
        (row) => lines(row.basis),
      ),
      column(
        7,
        (t) => t.retentionSchedule.owner,
        (row) => lines(row.owner),
      ),
    ],
  });
  return signPdf(signer, sheet, { reason: `${title.zh} ${title.en} ${form.version}`, name: archive, at: madeAt });
}
