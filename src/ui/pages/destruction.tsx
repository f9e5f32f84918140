import type { DestructionItem, DestructionView } from '../../disposition/index.js';
import { say } from '../../phrases/index.js';
import { useView } from '../components/context.js';
import { TextField, type FormState } from '../components/forms.js';
import { Crumbs, Facts, PageHead, Section, State, When } from '../components/marks.js';
import { Note } from '../components/notes.js';
import { Pager, Table, type Paging } from '../components/tables.js';
import { Receipts, type ReceiptsModel } from '../components/receipts.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { CertificatesTable, CopiesText, DestructionMark, type DestructionState, whyText } from './destructions.js';

export interface DestructionModel {
  one: Omit<DestructionView, 'state'> & { state: DestructionState };
  /** Names of those who take part, by person. */
  names: ReadonlyMap<string, string>;
  items: readonly DestructionItem[];
  receipts: ReceiptsModel;
  paging: Paging;
  form: FormState;
}

const nameOf = (names: ReadonlyMap<string, string>, person: string): string => names.get(person) ?? `…${person.slice(-8)}`;

/** One destruction: who, which steps, which copies, what was found at the end, what was signed. */
export const destructionPage: PageOf<DestructionModel> = ({ p, f }, model) => {
  const t = p.pages.destructions;
  const { one } = model;
  const head = t.one.facts;
  return {
    title: one.number,
    section: 'destructions',
    body: (
      <>
        <Crumbs crumbs={[{ text: t.title, href: paths.destructions }, { text: one.number }]} />
        <PageHead title={one.number} lead={<DestructionMark state={one.state} />} />
        <div class="stack-l">
          {one.stuck === null ? null : (
            <Note kind="bad" role="alert">
              {say(t.stuck, { step: p.execution.certificate.stepNames[one.stuck.step], why: whyText(p, one.stuck.why) })}
              {one.againAt === null ? null : <> · {say(t.one.again, { at: f.dateTime(new Date(one.againAt)) })}</>}
            </Note>
          )}
          <Facts
            facts={[
              ...(one.erasure === null ? [] : [{ term: head.erasure, value: say(t.one.erasure, { number: one.erasure }) }]),
              { term: head.items, value: f.number(one.items) },
              { term: head.executor, value: one.executor === null ? null : nameOf(model.names, one.executor) },
              {
                term: head.supervisors,
                value: (
                  <>
                    {one.supervisors.map((who) => (
                      <div key={who.person}>
                        {nameOf(model.names, who.person)}
                        {who.outside ? ` (${t.one.outside})` : ''} ·{' '}
                        {who.witnessedAt === null ? (who.checkedAt === null ? t.one.notYet : t.one.checked) : t.one.witnessed}
                      </div>
                    ))}
                  </>
                ),
              },
              { term: head.after, value: <When at={one.executeAfter} /> },
              { term: head.started, value: one.startedAt === null ? null : <When at={one.startedAt} /> },
              { term: head.executed, value: one.executedAt === null ? null : <When at={one.executedAt} /> },
              { term: head.closed, value: one.closedAt === null ? null : <When at={one.closedAt} /> },
              { term: head.digest, value: <span class="code">{one.digest}</span> },
            ]}
          />
          <Acts model={model} />
          <Receipts receipts={model.receipts} />
          {one.steps.length === 0 ? null : <Steps one={one} />}
          {one.startedAt === null ? null : <Closure one={one} />}
          {one.startedAt === null ? null : (
            <Section title={t.one.certificates}>
              {one.certificates.length === 0 ? (
                <p class="muted">{t.one.noCertificates}</p>
              ) : (
                <CertificatesTable rows={one.certificates} caption={t.one.certificates} />
              )}
            </Section>
          )}
          <Items model={model} />
        </div>
      </>
    ),
  };
};

function Acts({ model }: { model: DestructionModel }) {
  const { p } = useView();
  const t = p.pages.destructions.one;
  const { one, form } = model;
  return (
    <>
      {one.may.begin ? (
        <details class="confirm" data-confirm="" open={form.errors.length > 0}>
          <summary class="button danger">{t.begin}</summary>
          <form class="stack" method="post" action={paths.destructionAct(one.id, 'begin')}>
            <h3>{t.begin}</h3>
            <p>{say(t.beginLead, { number: one.number })}</p>
            <TextField form={form} name="number" label={t.beginNumber} must maxLength={40} mono />
            <button class="button danger">{t.begin}</button>
          </form>
        </details>
      ) : null}
      {one.may.witness ? (
        <form class="stack" method="post" action={paths.destructionAct(one.id, 'witness')}>
          <p>{t.witnessLead}</p>
          <div>
            <button class="button primary">{t.witness}</button>
          </div>
        </form>
      ) : null}
      {one.may.retry ? (
        <form method="post" action={paths.destructionAct(one.id, 'retry')}>
          <button class="button">{t.retry}</button>
        </form>
      ) : null}
    </>
  );
}

function Steps({ one }: { one: DestructionModel['one'] }) {
  const { p } = useView();
  const t = p.pages.destructions.one;
  return (
    <Section title={t.steps} aside={<CopiesText copies={one.copies} />}>
      <Table
        caption={t.steps}
        rows={one.steps}
        id={(row) => row.step}
        columns={[
          { key: 'step', head: p.execution.certificate.step, main: true, cell: (row) => p.execution.certificate.stepNames[row.step] },
          {
            key: 'state',
            head: p.pages.destructions.columns.state,
            cell: (row) => (
              <State
                tone={row.state === 'done' ? 'good' : row.state === 'failed' ? 'bad' : 'plain'}
                shape={row.state === 'done' ? 'disc' : row.state === 'failed' ? 'cross' : 'ring'}
              >
                {t.stepStates[row.state]}
              </State>
            ),
          },
          {
            key: 'why',
            head: p.execution.certificate.attempts,
            cell: (row) =>
              row.why === null
                ? row.attempts > 1
                  ? say(t.attempts, { count: row.attempts })
                  : null
                : `${say(t.attempts, { count: row.attempts })} · ${whyText(p, row.why)}`,
          },
          { key: 'done', head: p.execution.certificate.done, cell: (row) => (row.doneAt === null ? null : <When at={row.doneAt} />) },
        ]}
      />
    </Section>
  );
}

function Closure({ one }: { one: DestructionModel['one'] }) {
  const { p, f } = useView();
  const t = p.pages.destructions.one;
  const c = p.execution.certificate;
  if (one.report === null) return <Section title={t.closure}>{<p class="muted">{t.closureNone}</p>}</Section>;
  return (
    <Section title={t.closure}>
      <ul>
        {one.report.checked.map((row) => (
          <li key={row.what}>{say(c.checked, { what: c.checkedNames[row.what], looked: f.number(row.looked), found: f.number(row.found) })}</li>
        ))}
      </ul>
      {one.report.canaries === undefined ? null : (
        <ul>
          {one.report.canaries.places.map(({ what, files, bytes, unread, found }) => (
            <li key={what}>
              {say(c.canaryPlace, {
                place: c.canaryPlaces[what],
                files: f.number(files),
                size: f.bytes(bytes),
                found: f.number(found),
                unread: f.number(unread),
              })}
            </li>
          ))}
        </ul>
      )}
      <h3>{t.remains}</h3>
      <ul>
        {one.report.remains.map((row) => (
          <li key={row.what}>
            {say(c.remainNames[row.what], { count: row.count ?? 0, until: row.until === undefined ? '' : f.date(new Date(row.until)) })}
            {row.count !== undefined && (row.what === 'write_ahead_log' || row.what === 'free_pages')
              ? say(c.canariesSeen, { count: f.number(row.count) })
              : null}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Items({ model }: { model: DestructionModel }) {
  const { p, f } = useView();
  const t = p.pages.destructions.one;
  const key = (row: DestructionItem): string =>
    row.copies.some((copy) => copy.wrapped) || row.copies.length === 0
      ? t.keyThere
      : row.copies.every((copy) => copy.objectState === 'shredded' || copy.objectState === 'destroyed')
        ? t.keyGone
        : t.keyClosed;
  return (
    <Section title={t.items}>
      <Table
        caption={t.items}
        rows={model.items}
        id={(row) => row.record}
        columns={[
          { key: 'position', head: t.itemColumns.position, number: true, cell: (row) => f.number(row.position) },
          {
            key: 'code',
            head: t.itemColumns.code,
            main: true,
            cell: (row) => (
              <a class="code" href={paths.record(row.record)}>
                {row.archivalCode}
              </a>
            ),
          },
          { key: 'service', head: t.itemColumns.service, cell: (row) => row.serviceNo },
          { key: 'state', head: t.itemColumns.state, cell: (row) => t.itemStates[row.state as keyof typeof t.itemStates] },
          { key: 'keys', head: t.itemColumns.keys, cell: (row) => key(row) },
          {
            key: 'copies',
            head: t.itemColumns.copies,
            cell: (row) => (
              <>
                {row.copies.map((copy) => (
                  <div key={copy.object}>{say(t.copyStates[copy.state], { until: copy.lockedUntil === null ? '' : f.date(copy.lockedUntil) })}</div>
                ))}
              </>
            ),
          },
        ]}
      />
      <Pager paging={model.paging} />
    </Section>
  );
}
