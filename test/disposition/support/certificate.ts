import { buffer } from 'node:stream/consumers';
import type { ExecutionContext } from 'ava';
import type { Actor } from '../../../src/audit/index.js';
import { sql } from '../../../src/db/index.js';
import {
  listDestructionCertificates,
  listDestructions,
  openDestructionCertificate,
  verifyCertificate,
  viewDestruction,
} from '../../../src/disposition/index.js';
import { phrasesFor } from '../../../src/phrases/index.js';
import { destructionCertificatesPage, paths, render } from '../../../src/ui/index.js';
import type { Certificates } from '../../../src/vault/index.js';
import { chromeOf } from '../../pages/support.js';
import { pdfText } from '../../support/pdf.js';
import type { Execution } from '../execution/support.js';

/** A register's certificate says for machines and for readers that it is an erasure before term, at whose request and under which law. */
export async function saysErasure(t: ExecutionContext, { archive, deps }: Execution, reader: Actor, register: string, request: string): Promise<void> {
  t.is((await viewDestruction(deps, reader, register)).erasure, request, 'its page says so');
  const [certificates, destructions] = [(await listDestructionCertificates(deps, reader, null)).items, (await listDestructions(deps, reader, null)).items];
  t.is(certificates.find((one) => one.register === register)?.erasure, request, 'and the list of certificates');
  t.is(destructions.find((one) => one.id === register)?.erasure, request);
  for (const lang of ['zh', 'en'] as const) {
    const shown = render(
      destructionCertificatesPage,
      { rows: certificates, paging: { shown: certificates.length } },
      chromeOf(lang, 'light', paths.destructionCertificates),
    );
    for (const said of [request, phrasesFor(lang).pages.disposition.registers.kinds.erasure]) t.true(shown.includes(said), `${lang}: ${said}`);
  }
  const { id } = await archive.database.owner.one<{ id: string }>(sql`select id from destruction_certificates where register_id = ${register}`);
  const pdf = await buffer((await openDestructionCertificate(deps, reader, id)).opened.body);
  const authority = (await (deps.signer as Certificates).all()).find((one) => one.kind === 'authority')?.fingerprint ?? '';
  const verified = verifyCertificate(pdf, [authority]);
  t.like(verified.ok ? verified.data.erasure : verified, { request, law: 'PIPL-47', outcome: 'fulfil' });
  const printed = pdfText(pdf)?.replace(/\s+/g, '');
  if (printed === undefined) return t.log('skipped: needs pdftotext');
  for (const said of ['个人信息删除证明', 'Certificateoferasurebeforeterm', '第四十七条', 'article47', request, '不是因保管期限届满'])
    t.true(printed.includes(said), `${said} in ${printed.slice(0, 600)}`);
}
