import { pdfTable, Sheet, signPdf, timeText, type Both } from '../../documents/index.js';
import { phrasesFor, say } from '../../phrases/index.js';
import type { EvidenceDeps } from '../deps.js';
import { type Manifest, packPaths } from './manifest.js';

type Texts = ReturnType<typeof phrasesFor>['evidence']['paper'];
const both = (pick: (texts: Texts) => string): Both => ({ zh: pick(phrasesFor('zh').evidence.paper), en: pick(phrasesFor('en').evidence.paper) });
const line = (text: Both): string => `${text.zh} ${text.en}`;

/** Commands of the document, one a line; nothing in them differs from pack to pack but the name of the file. */
export function commandsOf(number: string): string[] {
  return [
    `unzip ${number}.zip -d ${number} && cd ${number}`,
    'sha256sum -c SHA256SUMS',
    'sha256sum SHA256SUMS',
    'pdfsig -nocert evidence.pdf',
    'pdfdetach -savefile evidence.json -o ../evidence.json evidence.pdf && cmp manifest.json ../evidence.json',
    'python3 verify/verify_evidence.py . --key KEY --checkpoint KEPT',
    'openssl ts -verify -data checkpoints/YEAR/SIZE -in timestamps/YEAR/FILE.tsr -CAfile TSA.pem',
    `lantai verify evidence ${number}.zip --key KEY --checkpoint KEPT --timestamps TSA.pem --authority CA.pem`,
  ];
}

/** What the pack is, what it holds and how it is verified: PDF/A-3 in both languages, signed, the manifest inside and under the signature. */
export async function packPaper(deps: EvidenceDeps, manifest: Manifest, json: Buffer): Promise<Buffer> {
  const { zone, archiveName: archive } = deps.settings;
  const title = both((t) => t.title);
  const at = new Date(manifest.madeAt);
  const time = (text: string): string => `${timeText(new Date(text), zone)} (${text})`;
  const sheet = new Sheet({
    title,
    archive,
    madeAt: at,
    zone,
    pdfA: true,
    keywords: `${manifest.number} ${manifest.sums}`,
    attachments: [{ name: 'evidence.json', type: 'application/json', data: json, description: phrasesFor('en').evidence.paper.attached }],
  });
  const fact = (head: (t: Texts) => string, value: string): void => sheet.paragraph(`${line(both(head))}: ${value}`);
  const heading = (pick: (t: Texts) => string): void => {
    sheet.room(60);
    sheet.y += 8;
    sheet.paragraph(line(both(pick)), { weight: 'bold', size: 10.5 });
  };
  const told = (pick: (t: Texts) => string): void => {
    const text = both(pick);
    for (const one of [text.zh, text.en]) sheet.paragraph(one);
    sheet.y += 3;
  };
  fact((t) => t.number, manifest.number);
  fact((t) => t.about, line(both((t) => t.kinds[manifest.kind])));
  if (manifest.subject) fact((t) => t.subject, Object.values(manifest.subject).join(' · '));
  fact((t) => t.from, time(manifest.choice.from));
  fact((t) => t.to, time(manifest.choice.to));
  fact((t) => t.entries, String(manifest.entries));
  fact((t) => t.sums, manifest.sums);
  heading((t) => t.what);
  told((t) => t.whatText);
  if (manifest.sides) told((t) => t.sidesText);
  heading((t) => t.holds);
  await pdfTable(sheet, {
    empty: both((t) => t.none),
    rows: contentsOf(manifest),
    columns: [
      { head: both((t) => t.file), share: 3, value: (row) => row.file },
      { head: both((t) => t.meaning), share: 6, value: (row) => line(both((t) => t.files[row.key])) },
    ],
  });
  sheet.y += 6;
  await pdfTable(sheet, {
    empty: both((t) => t.none),
    rows: manifest.logs.map((one) => ({ ...one, last: one.heads.at(-1)?.size ?? '', stamped: one.heads.filter((head) => head.stamp !== null) })),
    columns: [
      { head: both((t) => t.log), share: 2, value: (row) => row.log },
      { head: both((t) => t.entries), share: 2, align: 'right', value: (row) => String(row.entries) },
      { head: both((t) => t.head), share: 3, align: 'right', value: (row) => row.last },
      { head: both((t) => t.stamps), share: 2, align: 'right', value: (row) => String(row.stamped.length) },
      { head: both((t) => t.lastStamp), share: 5, value: (row) => row.stamped.at(-1)?.stamp?.at ?? '–' },
    ],
  });
  if (manifest.gone) {
    heading((t) => t.gone);
    told((t) => t.goneText);
    for (const one of manifest.gone) {
      const facts = {
        log: one.log,
        last: Number(one.size) - 1,
        from: time(one.first),
        to: time(one.last),
        at: time(one.at),
        procedure: one.procedure,
        rule: one.rule,
      };
      told((t) => say(t.goneLog, facts));
      if (!one.hashes) told((t) => t.goneLong);
    }
  }
  heading((t) => t.verify);
  told((t) => t.verifyText);
  for (const [i, command] of commandsOf(manifest.number).entries()) {
    told((t) => t.steps[i as unknown as keyof Texts['steps']]);
    sheet.paragraph(command, { size: 8.5, color: '#1f3a5f' });
    sheet.y += 4;
  }
  heading((t) => t.proves);
  told((t) => t.provesText);
  told((t) => t.notText);
  heading((t) => t.keys);
  for (const one of manifest.logs) sheet.paragraph(`${one.log}: ${one.origin}`);
  return signPdf(deps.signer, sheet, { reason: line(title), name: archive, at });
}

type FileKey = keyof Texts['files'];

function contentsOf(manifest: Manifest): { file: string; key: FileKey }[] {
  const stamped = manifest.logs.some((one) => one.heads.some((head) => head.stamp !== null));
  return [
    { file: 'entries/', key: 'entries' },
    { file: 'proofs/', key: 'proofs' },
    ...(manifest.sides ? [{ file: 'sides/', key: 'sides' as const }] : []),
    { file: 'checkpoints/', key: 'checkpoints' },
    { file: 'consistency/', key: 'consistency' },
    ...(stamped ? [{ file: 'timestamps/', key: 'timestamps' as const }] : []),
    ...(manifest.gone ? [{ file: 'gone/', key: 'gone' as const }] : []),
    { file: 'keys/', key: 'keys' },
    { file: 'rules/', key: 'rules' },
    { file: 'verify/', key: 'verify' },
    { file: packPaths.sums, key: 'sums' },
    { file: packPaths.manifest, key: 'manifest' },
    { file: packPaths.document, key: 'document' },
  ];
}
