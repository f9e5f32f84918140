import { Choices, EMPTY_FORM, fieldLabel, TextArea, type FormState, type Option } from '../components/forms.js';
import { Crumbs, PageHead, State, When } from '../components/marks.js';
import { Empty, Note } from '../components/notes.js';
import { FilterChips, Pager, Table, type FilterChip, type Paging } from '../components/tables.js';
import type { RecordRow } from '../components/records.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import type { View } from '../view.js';
import { RecordForm, type RecordFormModel } from './record-form.js';

export interface ArrangeRow extends RecordRow {
  receivedAt: string;
  from: string;
  /** Paths of the fields that the form still requires. */
  missing: readonly string[];
  /** How many archived records look like it. */
  similar: number;
}

export interface ArrangeModel {
  rows: readonly ArrangeRow[];
  paging: Paging;
  chips: readonly FilterChip[];
}

const PICKED = 'picked';

export const arrangePage: PageOf<ArrangeModel> = (view, { rows, paging, chips }) => {
  const { p, say } = view;
  const t = p.pages.arrange;
  return {
    title: t.title,
    section: 'arrange',
    body: (
      <>
        <PageHead title={t.title} lead={t.lead} />
        <FilterChips chips={chips} />
        {rows.length === 0 ? (
          <Empty title={t.none.title}>{t.none.text}</Empty>
        ) : (
          <>
            <Table
              caption={t.title}
              rows={rows}
              id={(row) => row.id}
              pick={{ name: 'record', form: PICKED, label: (row) => row.title }}
              columns={[
                {
                  key: 'record',
                  head: t.columns.record,
                  main: true,
                  cell: (row) => (
                    <>
                      <a class="title" href={paths.arrangeOne(row.id)}>
                        {row.title}
                      </a>
                      <span class="sub">
                        <span class="code">{row.serviceNo}</span> · {p.values.serviceType[row.serviceType]}
                      </span>
                    </>
                  ),
                },
                {
                  key: 'from',
                  head: t.columns.from,
                  cell: (row) => (
                    <>
                      {row.department}
                      <span class="sub">{row.from}</span>
                    </>
                  ),
                },
                { key: 'received', head: t.columns.received, cell: (row) => <When at={row.receivedAt} relative /> },
                { key: 'missing', head: t.columns.missing, cell: (row) => <Missing view={view} row={row} /> },
              ]}
            />
            <form id={PICKED} class="bulk" method="post" action={paths.acceptMany}>
              <button class="button primary" data-needs-pick="">
                {t.acceptPicked}
              </button>
              <span class="small muted">
                {t.picked} <span data-picked="">0</span>
              </span>
              <span class="small muted">{t.keys}</span>
            </form>
            <Pager paging={paging} />
          </>
        )}
      </>
    ),
  };

  function Missing({ row }: { view: View; row: ArrangeRow }) {
    return (
      <>
        {row.missing.length === 0 ? (
          <State tone="good" shape="square">
            {t.missingNone}
          </State>
        ) : (
          <span class="chips">
            {row.missing.map((path) => (
              <span key={path} class="chip">
                {fieldLabel(view, path)}
              </span>
            ))}
          </span>
        )}
        {row.similar > 0 ? (
          <State tone="warn" shape="triangle">
            {say(t.similar, { count: row.similar })}
          </State>
        ) : null}
      </>
    );
  }
};

export interface ArrangeOneModel extends RecordFormModel {
  id: string;
  title: string;
  serviceNo: string;
  /** Who sent it, and gets it back. */
  from: string;
  missing: readonly string[];
  similar: readonly { id: string; title: string; code: string; closedAt: string; sameDay: boolean }[];
  /** Reasons used often, in the viewer's language. */
  reasons: readonly Option[];
  sendBackForm?: FormState;
  /** The sender's own view of one that was sent back. */
  sentBack?: { reason: string; by: string; at: string };
  mayComplete: boolean;
  maySendBack: boolean;
}

export const arrangeOnePage: PageOf<ArrangeOneModel> = (view, model) => {
  const { p, say } = view;
  const t = p.pages.arrange;
  return {
    title: model.title,
    section: model.sentBack ? 'sent_back' : 'arrange',
    body: (
      <>
        <Crumbs
          crumbs={[model.sentBack ? { text: p.pages.sentBack.title, href: paths.sentBack } : { text: t.title, href: paths.arrange }, { text: model.serviceNo }]}
        />
        <PageHead title={model.title} lead={`${model.serviceNo} · ${model.from}`}>
          {model.maySendBack ? <SendBack model={model} /> : null}
        </PageHead>
        <div class="stack">
          {model.sentBack ? (
            <Note kind="bad">
              <strong>{model.sentBack.reason}</strong>
              <div class="small">
                {model.sentBack.by} · <When at={model.sentBack.at} />
              </div>
            </Note>
          ) : null}
          {model.missing.length > 0 ? (
            <Note kind="warn">
              <strong>{t.whatIsMissing}</strong>
              <div class="chips">
                {model.missing.map((path) => (
                  <a key={path} class="chip" href={`#f-${path.replace(/[^\w-]/g, '-')}`}>
                    {fieldLabel(view, path)}
                  </a>
                ))}
              </div>
            </Note>
          ) : (
            <Note kind="good">{t.complete}</Note>
          )}
          {model.similar.length > 0 ? (
            <Note kind="warn">
              <strong>{t.similarWarning}</strong>
              <ul>
                {model.similar.map((one) => (
                  <li key={one.id}>
                    <a href={paths.record(one.id)}>{one.title}</a> <span class="code small">{one.code}</span>{' '}
                    <span class="small muted">
                      {view.f.date(one.closedAt)}
                      {one.sameDay ? ` · ${t.sameClient}` : ''}
                    </span>
                  </li>
                ))}
              </ul>
            </Note>
          ) : null}
        </div>
        {model.mayComplete ? (
          <form method="post" action={paths.arrangeOne(model.id)} enctype="multipart/form-data" novalidate>
            <RecordForm model={model} />
            <div class="form-end">
              <button class="button primary large">{model.sentBack ? p.pages.sentBack.fix : p.pages.takeIn.complete}</button>
              <a class="button quiet" href={paths.arrange}>
                {p.ui.cancel}
              </a>
            </div>
          </form>
        ) : null}
      </>
    ),
  };

  function SendBack({ model: one }: { model: ArrangeOneModel }) {
    const form = one.sendBackForm ?? EMPTY_FORM;
    return (
      <details class="confirm" data-confirm="" open={form.errors.length > 0}>
        <summary class="button danger">{t.sendBack.open}</summary>
        <form class="stack" method="post" action={paths.sendBack(one.id)}>
          <h2>{say(t.sendBack.title, { to: one.from })}</h2>
          <p class="small muted">{t.sendBack.lead}</p>
          {one.reasons.length > 0 ? <Choices form={form} name="usual" label={t.sendBack.reasons} options={one.reasons} /> : null}
          <TextArea form={form} name="reason" label={t.sendBack.reason} rows={3} maxLength={500} at="back" must={one.reasons.length === 0} />
          <button class="button danger solid">{t.sendBack.submit}</button>
        </form>
      </details>
    );
  }
};

export interface SentBackModel {
  rows: readonly (RecordRow & { reason: string; by: string; at: string })[];
  paging: Paging;
}

export const sentBackPage: PageOf<SentBackModel> = ({ p }, { rows, paging }) => {
  const t = p.pages.sentBack;
  return {
    title: t.title,
    section: 'sent_back',
    body: (
      <>
        <PageHead title={t.title} lead={t.lead} />
        {rows.length === 0 ? (
          <Empty title={t.none.title}>{t.none.text}</Empty>
        ) : (
          <>
            <Table
              caption={t.title}
              rows={rows}
              id={(row) => row.id}
              columns={[
                {
                  key: 'record',
                  head: t.columns.record,
                  main: true,
                  cell: (row) => (
                    <>
                      <a class="title" href={paths.arrangeOne(row.id)}>
                        {row.title}
                      </a>
                      <span class="sub code">{row.serviceNo}</span>
                    </>
                  ),
                },
                { key: 'reason', head: t.columns.reason, cell: (row) => row.reason },
                { key: 'by', head: t.columns.by, cell: (row) => row.by },
                { key: 'at', head: t.columns.at, cell: (row) => <When at={row.at} relative /> },
              ]}
            />
            <Pager paging={paging} />
          </>
        )}
      </>
    ),
  };
};
