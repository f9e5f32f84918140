import { Sheet, timeText } from '../pdf/sheet.js';
import { signPdf, type DocumentSigner } from '../pdf/sign.js';
import { pdfTable } from '../pdf/table.js';
import { both, label } from './both.js';
import { facts } from './facts.js';
import { signatures } from './signatures.js';

interface Common {
  archive: string;
  zone: string;
  madeAt: Date;
}

/** One application with its approval; texts as they are to be printed, in both languages where they are words of ours. */
export interface UseForm extends Common {
  number: string;
  reader: string;
  department: string;
  contact: string;
  kind: string;
  way: string;
  purpose: string;
  reason: string;
  /** `''` for readers from inside. */
  basis: string;
  state: string;
  result: string;
  from: Date;
  to: Date;
  lent: Date | null;
  back: Date | null;
  records: readonly { code: string; title: string; sensitivity: string; place: string; note: string }[];
  /** Records of the application that are not shown to whoever prints it. */
  notShown: number;
  steps: readonly { who: string; name: string; opinion: string; at: Date | null }[];
}

/** 查阅申请审批单 (form 5): who wants to read what, why, until when, and what each approver said; signed by the archive. */
export async function useFormPdf(form: UseForm, signer: DocumentSigner): Promise<Buffer> {
  const { archive, zone, madeAt } = form;
  const title = both((t) => t.useForm.title);
  const sheet = new Sheet({ title, archive, madeAt, zone, pdfA: true, landscape: true, keywords: form.number });
  const day = (at: Date | null): string => (at === null ? '' : timeText(at, zone));
  const said: [string, string][] = [
    [label((t) => t.visitSlip.request), form.number],
    [label((t) => t.useForm.reader), form.reader],
    [label((t) => t.useForm.department), form.department],
    [label((t) => t.useForm.contact), form.contact],
    [label((t) => t.useForm.kind), `${form.kind} · ${form.way}`],
    [label((t) => t.useForm.purpose), form.purpose],
    [label((t) => t.useForm.reason), form.reason],
    [label((t) => t.useForm.basis), form.basis],
    [label((t) => t.useForm.state), form.state],
    [label((t) => t.useForm.result), form.result],
  ];
  facts(
    sheet,
    said.filter(([, value]) => value !== ''),
  );
  await pdfTable(sheet, {
    empty: both((t) => t.empty),
    rows: form.records,
    columns: [
      { head: both((t) => t.column.number), share: 3, align: 'center', value: (_, i) => String(i + 1) },
      { head: both((t) => t.useForm.record), share: 26, value: (row) => `${row.code}\n${row.title}` },
      { head: both((t) => t.column.sensitivity), share: 8, align: 'center', value: (row) => row.sensitivity },
      { head: both((t) => t.useForm.place), share: 8, align: 'center', value: (row) => row.place },
      { head: both((t) => t.useForm.term), share: 12, align: 'center', value: () => `${day(form.from)}\n${day(form.to)}` },
      { head: both((t) => t.useForm.lent), share: 9, align: 'center', value: () => day(form.lent) },
      { head: both((t) => t.useForm.due), share: 9, align: 'center', value: () => (form.lent === null ? '' : day(form.to)) },
      { head: both((t) => t.useForm.back), share: 9, align: 'center', value: () => day(form.back) },
      // ticked by hand: only who holds the paper can say it
      { head: both((t) => t.useForm.whole), share: 6, align: 'center', value: () => '' },
      { head: both((t) => t.column.note), share: 8, value: (row) => row.note },
    ],
  });
  if (form.notShown > 0) sheet.paragraph(`${label((t) => t.useForm.notShown)}: ${form.notShown}`, { size: 8 });
  sheet.room(60);
  sheet.y += 8;
  await pdfTable(sheet, {
    empty: both((t) => t.empty),
    rows: form.steps,
    columns: [
      { head: both((t) => t.useForm.approvers), share: 16, value: (row) => row.who },
      { head: both((t) => t.useForm.approver), share: 12, value: (row) => row.name },
      { head: both((t) => t.useForm.opinion), share: 30, value: (row) => row.opinion },
      { head: both((t) => t.column.date), share: 10, align: 'center', value: (row) => day(row.at) },
    ],
  });
  signatures(sheet, [{ role: both((t) => t.useForm.applicantSigns) }, { role: both((t) => t.useForm.clerkSigns) }], zone);
  return signPdf(signer, sheet, { reason: `${title.zh} ${title.en} ${form.number}`, name: archive, at: madeAt });
}

/** One line of the register of use. */
export interface UseRow {
  number: string;
  reader: string;
  codes: string;
  purpose: string;
  result: string;
  date: string;
}

export interface UseRegister extends Common {
  /** What of the register it holds, as it was asked for. */
  scope: string;
  rows: Iterable<UseRow> | AsyncIterable<UseRow>;
}

/** 档案利用登记簿 (form 6): reader, record, purpose, result, date; signed by the archive. */
export async function useRegisterPdf(register: UseRegister, signer: DocumentSigner): Promise<Buffer> {
  const { archive, zone, madeAt } = register;
  const title = both((t) => t.useRegister.title);
  const sheet = new Sheet({ title, archive, madeAt, zone, pdfA: true, landscape: true });
  if (register.scope !== '') sheet.paragraph(register.scope, { size: 8 });
  const count = await pdfTable(sheet, {
    empty: both((t) => t.empty),
    rows: register.rows,
    columns: [
      { head: both((t) => t.column.number), share: 4, align: 'center', value: (_, i) => String(i + 1) },
      { head: both((t) => t.visitSlip.request), share: 13, value: (row) => row.number },
      { head: both((t) => t.useRegister.reader), share: 22, value: (row) => row.reader },
      { head: both((t) => t.useRegister.record), share: 24, value: (row) => row.codes },
      { head: both((t) => t.useRegister.purpose), share: 17, value: (row) => row.purpose },
      { head: both((t) => t.useRegister.result), share: 15, value: (row) => row.result },
      { head: both((t) => t.column.date), share: 13, align: 'center', value: (row) => row.date },
    ],
  });
  sheet.room(120);
  sheet.y += 8;
  sheet.paragraph(`${label((t) => t.total)}: ${count}`, { weight: 'bold' });
  signatures(sheet, [{ role: both((t) => t.useRegister.clerkSigns) }, { role: both((t) => t.useRegister.managerSigns) }], zone);
  return signPdf(signer, sheet, { reason: `${title.zh} ${title.en}`, name: archive, at: madeAt });
}
