import { type Both, pdfTable, Sheet, signatures, signPdf, timeText } from '../../../documents/index.js';
import { phrasesFor, say } from '../../../phrases/index.js';
import type { LogTermDeps } from '../deps.js';
import type { LogCertificateData } from './data.js';

type Texts = ReturnType<typeof phrasesFor>['logCertificate'];
const both = (pick: (texts: Texts) => string): Both => ({ zh: pick(phrasesFor('zh').logCertificate), en: pick(phrasesFor('en').logCertificate) });
const line = (text: Both): string => `${text.zh} ${text.en}`;

/** The certificate that the entries of a log are destroyed: PDF/A-3 in both languages, signed, its data as JSON inside and under the signature. */
export async function logCertificatePdf(
  deps: Pick<LogTermDeps, 'signer' | 'archiveName'> & { settings: { zone: string } },
  data: LogCertificateData,
  json: Buffer,
  at: Date,
): Promise<Buffer> {
  const { zone } = deps.settings;
  const title = both((t) => t.titles[data.kind]);
  const sheet = new Sheet({
    title,
    archive: deps.archiveName,
    madeAt: at,
    zone,
    pdfA: true,
    keywords: `${data.number} ${data.register.digest}`,
    attachments: [{ name: `${data.number}.json`, type: 'application/json', data: json, description: phrasesFor('en').logCertificate.attached }],
  });
  const time = (text: string | null): string => (text === null ? '' : timeText(new Date(text), zone));
  const fact = (head: (t: Texts) => string, value: string): void => sheet.paragraph(`${line(both(head))}: ${value}`);
  const heading = (pick: (t: Texts) => string): void => {
    sheet.room(60);
    sheet.y += 8;
    sheet.paragraph(line(both(pick)), { weight: 'bold', size: 10.5 });
  };
  /** Sentences, a language in each paragraph. */
  const told = (pick: (t: Texts) => string): void => {
    const { zh, en } = both(pick);
    for (const one of [zh, en]) sheet.paragraph(one);
  };
  const { log, term, removed } = data;
  const last = String(BigInt(log.size) - 1n);
  fact((t) => t.number, data.number);
  fact((t) => t.register, `${data.register.number} · ${data.register.digest}`);
  fact((t) => t.log, `${log.name} · ${log.origin}`);
  fact((t) => t.entries, `0 – ${last} (${log.size})`);
  fact((t) => t.written, `${time(log.first)} – ${time(log.last)}`);
  fact((t) => t.root, log.root);
  fact((t) => t.term, `${term.rule} (${term.schedule}) · ${term.until}`);
  heading((t) => t.method);
  const counts = {
    gone: Number(removed.bundlesGone),
    locked: removed.bundlesLocked,
    until: time(removed.lockedUntil),
    at: time(removed.at),
    size: Number(log.size),
  };
  told((t) => say(t.removed, counts));
  if (removed.bundlesLocked > 0) told((t) => say(t.locked, counts));
  heading((t) => t.stays);
  for (const one of data.stays) sheet.paragraph(`· ${line(both((t) => t.stayNames[one]))}`);
  heading((t) => t.note);
  for (const text of data.note.trimEnd().split('\n')) sheet.paragraph(text === '' ? ' ' : text, { size: 7.5 });
  heading((t) => t.signed);
  await pdfTable(sheet, {
    empty: both((t) => t.none),
    rows: [
      { what: both((t) => t.maker), ...data.maker },
      ...data.approvals.map((one) => ({ what: both((t) => say(t.approver, { step: one.step })), ...one })),
      { what: both((t) => t.executor), ...data.executor },
      ...data.supervisors.map((one) => ({ what: both((t) => (one.outside ? t.supervisorOutside : t.supervisor)), ...one })),
    ],
    columns: [
      { head: both((t) => t.office), share: 3, value: (row) => line(row.what) },
      { head: both((t) => t.name), share: 2, value: (row) => row.name },
      { head: both((t) => t.at), share: 2, value: (row) => time(row.at) },
      {
        head: both((t) => t.place),
        share: 2,
        value: ({ log: place }) => (place === null || place.log === null ? '' : `${place.log}#${String(place.sequence)}`),
      },
    ],
  });
  heading((t) => t.verify);
  told((t) => t.verifyText);
  signatures(
    sheet,
    data.supervisors.map((one) => ({ role: both((t) => t.witnessed), name: one.name, ...(one.at === null ? {} : { at: new Date(one.at) }) })),
    zone,
  );
  return signPdf(deps.signer, sheet, { reason: line(title), name: deps.archiveName, at });
}
