import type { ComponentChildren } from 'preact';
import { useView } from '../components/context.js';
import { FileList, type FileRow } from '../components/files.js';
import { Choices, EMPTY_FORM, optionsOf, TextArea, type FormState } from '../components/forms.js';
import { Facts, PageHead, Section, State, When, type Fact } from '../components/marks.js';
import { Empty, Note } from '../components/notes.js';
import { Pager, Table, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { textOf } from '../view.js';

/** The sealed body of a record, opened: personal data in clear. */
export interface ReadingContent {
  facts: readonly { field: string; value: string; isTime?: boolean }[];
  /** Long texts in the order of the form, by field. */
  texts: readonly { field: string; text: string; at?: string; by?: string }[];
  absent: readonly { field: string; reason: string }[];
}

export interface ViewedFile extends FileRow {
  /** How the page can show it; `none` only downloads. */
  viewer: 'pdf' | 'image' | 'text' | 'mail' | 'audio' | 'none';
  /** Chosen in the address (`?file=`), so that opening a file is an act of its own and an entry of its own. */
  shown: boolean;
  /** For `text` and `mail`: the content, already decoded. */
  text?: string;
  mail?: { from: string; to: string; date: string; subject: string; text: string };
}

export interface ReadingModel {
  id: string;
  recordId: string;
  title: string;
  code: string;
  purpose: string;
  ticket: string | null;
  state: 'open' | 'returned' | 'expired';
  remainingSeconds: number;
  content: ReadingContent | null;
  files: readonly ViewedFile[];
  mayDownload: boolean;
  form?: FormState;
}

export const readingPage: PageOf<ReadingModel> = (view, model) => {
  const { p, say } = view;
  const t = p.pages.reading;
  return {
    title: say(t.title, { title: model.title }),
    section: 'readings',
    body: (
      <>
        <ReadingBar model={model} />
        <div class="columns">
          <div class="stack-l">
            {model.state === 'open' && model.content ? <Sheet model={model} content={model.content} /> : <Ended model={model} />}
            {model.state === 'open' && model.files.length > 0 ? (
              <Section title={t.files} id="files">
                <Files model={model} />
              </Section>
            ) : null}
          </div>
          {model.state === 'open' ? <GiveBack model={model} /> : null}
        </div>
      </>
    ),
  };
};

function ReadingBar({ model }: { model: ReadingModel }) {
  const { p, f, say } = useView();
  const t = p.pages.reading;
  return (
    <div class="reading-bar">
      <div>
        <a class="title serif" href={paths.record(model.recordId)}>
          {model.title}
        </a>
        <div class="small muted">
          <span class="code">{model.code}</span> · {say(t.purpose, { purpose: model.purpose })}
          {model.ticket ? ` · ${say(t.ticket, { ticket: model.ticket })}` : ''}
        </div>
      </div>
      {model.state === 'open' ? (
        <div class="row small">
          <span data-countdown={model.remainingSeconds} data-text={t.remaining}>
            {say(t.remaining, { time: f.clock(model.remainingSeconds) })}
          </span>
          <a class="button" href="#return">
            {t.giveBack.title}
          </a>
        </div>
      ) : null}
    </div>
  );
}

function Sheet({ model, content }: { model: ReadingModel; content: ReadingContent }) {
  const { p } = useView();
  const facts: Fact[] = [
    ...content.facts.map(({ field, value, isTime }) => ({
      term: textOf(p.fields, field),
      value: field === 'evaluation' ? <Stars value={Number(value)} /> : isTime ? <When at={value} /> : value,
    })),
    ...content.absent.map(({ field, reason }) => ({ term: textOf(p.fields, field), absent: reason })),
  ];
  return (
    <article class="sheet">
      <h1>{model.title}</h1>
      <p class="muted code">{model.code}</p>
      <section>
        <Facts facts={facts} />
      </section>
      {content.texts.map((part, index) => (
        <section key={index}>
          <h2>{textOf(p.fields, part.field)}</h2>
          {part.at || part.by ? (
            <p class="small muted">
              {part.by} {part.at ? <When at={part.at} /> : null}
            </p>
          ) : null}
          <div class="text">{part.text}</div>
        </section>
      ))}
    </article>
  );
}

function Stars({ value }: { value: number }) {
  const { p, say } = useView();
  return (
    <span>
      <span aria-hidden="true">
        {'★'.repeat(value)}
        {'☆'.repeat(5 - value)}{' '}
      </span>
      {say(p.pages.reading.stars, { count: value })}
    </span>
  );
}

function Files({ model }: { model: ReadingModel }) {
  const { p } = useView();
  const t = p.pages.reading;
  const shown = model.files.find((file) => file.shown);
  return (
    <div class="stack">
      <FileList
        files={model.files}
        acts={(one) => {
          const file = model.files.find(({ id }) => id === one.id);
          return (
            <>
              {file && file.viewer !== 'none' ? (
                <a
                  class="button quiet"
                  href={file.shown ? `${paths.reading(model.id)}#files` : `${paths.reading(model.id)}?file=${encodeURIComponent(file.id)}#files`}
                  aria-label={`${file.shown ? t.hide : t.show} ${file.name}`}
                >
                  {file.shown ? t.hide : t.show}
                </a>
              ) : null}
              {model.mayDownload ? (
                <a class="button quiet" href={paths.download(model.id, one.id)} download="" aria-label={`${p.ui.download} ${one.name}`}>
                  {p.ui.download}
                </a>
              ) : null}
            </>
          );
        }}
      />
      {model.mayDownload ? null : <p class="small muted">{t.noDownload}</p>}
      {shown ? <Viewer readingId={model.id} file={shown} /> : null}
    </div>
  );
}

/** Shows a file in the page, from this server only; every byte it fetches runs under the reading. */
function Viewer({ readingId, file }: { readingId: string; file: ViewedFile }) {
  const { p } = useView();
  const source = paths.file(readingId, file.id);
  const t = p.pages.reading;
  const views: Record<ViewedFile['viewer'], () => ComponentChildren> = {
    pdf: () => <iframe class="viewer" src={source} title={file.name} />,
    image: () => <img class="viewer" src={source} alt={file.name} />,
    audio: () => <audio class="viewer" src={source} controls preload="none" aria-label={file.name} />,
    text: () => (
      <pre class="sheet pre" tabindex={0} aria-label={file.name}>
        {file.text}
      </pre>
    ),
    mail: () =>
      file.mail ? (
        <article class="sheet">
          <Facts facts={(['from', 'to', 'date', 'subject'] as const).map((key) => ({ term: t.mail[key], value: file.mail?.[key] ?? '' }))} />
          <section class="text">{file.mail.text}</section>
        </article>
      ) : null,
    none: () => <p class="muted">{t.noViewer}</p>,
  };
  return (
    <figure>
      <figcaption class="small muted">{file.name}</figcaption>
      {views[file.viewer]()}
    </figure>
  );
}

function GiveBack({ model }: { model: ReadingModel }) {
  const { p } = useView();
  const t = p.pages.reading.giveBack;
  const form = model.form ?? EMPTY_FORM;
  return (
    <aside id="return" class="stack no-print" aria-label={t.title}>
      <Note kind="warn">{p.pages.reading.unmasked}</Note>
      <form class="panel stack" method="post" action={paths.returnReading(model.id)}>
        <h2>{t.title}</h2>
        <p class="small muted">{t.lead}</p>
        <Choices form={form} name="result" label={t.result} options={optionsOf(t.results)} must keys />
        <TextArea form={form} name="note" label={t.note} rows={2} maxLength={500} />
        <button class="button primary large">{t.submit}</button>
      </form>
    </aside>
  );
}

function Ended({ model }: { model: ReadingModel }) {
  const { p } = useView();
  const t = p.pages.reading.ended;
  return (
    <>
      <h1 class="hidden">{model.title}</h1>
      <Empty title={model.state === 'returned' ? t.returned : t.expired} action={{ text: t.again, href: paths.record(model.recordId) }} />
    </>
  );
}

export interface ReadingsModel {
  rows: readonly {
    id: string;
    recordId: string;
    title: string;
    code: string;
    purpose: string;
    ticket: string | null;
    openedAt: string;
    endedAt: string | null;
    state: ReadingModel['state'];
    result: string | null;
  }[];
  paging: Paging;
}

export const readingsPage: PageOf<ReadingsModel> = ({ p }, { rows, paging }) => {
  const t = p.pages.readings;
  return {
    title: t.title,
    section: 'readings',
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
                      <a class="title" href={row.state === 'open' ? paths.reading(row.id) : paths.record(row.recordId)}>
                        {row.title}
                      </a>
                      <span class="sub code">{row.code}</span>
                    </>
                  ),
                },
                {
                  key: 'purpose',
                  head: t.columns.purpose,
                  cell: (row) => (
                    <>
                      {row.purpose}
                      {row.ticket ? <span class="sub code">{row.ticket}</span> : null}
                    </>
                  ),
                },
                { key: 'opened', head: t.columns.opened, cell: (row) => <When at={row.openedAt} /> },
                {
                  key: 'ended',
                  head: t.columns.ended,
                  cell: (row) => (
                    <>
                      {row.endedAt ? <When at={row.endedAt} /> : null} <ReadingState state={row.state} />
                    </>
                  ),
                },
                { key: 'result', head: t.columns.result, cell: (row) => row.result && textOf(p.pages.reading.giveBack.results, row.result) },
              ]}
            />
            <Pager paging={paging} />
          </>
        )}
      </>
    ),
  };
};

function ReadingState({ state }: { state: ReadingModel['state'] }) {
  const { p } = useView();
  return (
    <State tone={state === 'open' ? 'warn' : 'good'} shape={state === 'open' ? 'ring' : state === 'returned' ? 'square' : 'frame'}>
      {p.pages.readings.states[state]}
    </State>
  );
}
