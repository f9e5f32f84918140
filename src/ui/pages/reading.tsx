import { useView } from '../components/context.js';
import { FileList } from '../components/files.js';
import { Choices, EMPTY_FORM, optionsOf, TextArea, type FormState } from '../components/forms.js';
import { PageHead, Section, State, When } from '../components/marks.js';
import { Empty, Note } from '../components/notes.js';
import { Pager, Table, type Paging } from '../components/tables.js';
import { Watermark } from '../components/watermark.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { textOf } from '../view.js';
import { Sheet, type ReadingContent } from './reading-sheet.js';
import { PRINTED, Viewer, type ViewedFile } from './reading-files.js';

export interface ReadingModel {
  id: string;
  recordId: string;
  /** As the sealed body says it, once it is open. */
  title: string;
  /** As the catalogue says it: what a print of this page may show. */
  catalogueTitle: string;
  code: string;
  purpose: string;
  ticket: string | null;
  state: 'open' | 'returned' | 'expired' | 'revoked';
  remainingSeconds: number;
  content: ReadingContent | null;
  files: readonly ViewedFile[];
  mayDownload: boolean;
  mayPrint: boolean;
  /** What names the reader over everything that is shown; `null` where the files' own bytes may be seen. */
  mark: readonly string[] | null;
  form?: FormState;
}

export const readingPage: PageOf<ReadingModel> = (view, model) => {
  const { p, say } = view;
  const t = p.pages.reading;
  return {
    title: say(t.title, { title: model.catalogueTitle }),
    section: 'readings',
    body: (
      <>
        <PrintedCover model={model} />
        <ReadingBar model={model} />
        {model.mark && model.state === 'open' ? <Watermark lines={model.mark} /> : null}
        <div class="columns no-print">
          <div class="stack-l">
            {model.state === 'open' && model.content ? <Sheet title={model.title} code={model.code} content={model.content} /> : <Ended model={model} />}
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
          {model.mayPrint ? <PrintButton model={model} text={t.print.submit} /> : null}
          <a class="button" href="#return">
            {t.giveBack.title}
          </a>
        </div>
      ) : null}
    </div>
  );
}

/** Opens the print view in a window of its own: an act with an entry, not a link. */
function PrintButton({ model, text, file }: { model: ReadingModel; text: string; file?: ViewedFile }) {
  return (
    <form method="post" action={paths.printReading(model.id)} target="_blank" data-again>
      {file ? <input type="hidden" name="file" value={file.id} /> : null}
      <button class={file ? 'button quiet' : 'button'} aria-label={file ? `${text} ${file.name}` : undefined}>
        {text}
      </button>
    </form>
  );
}

/** All that a browser's own print of this page shows: nothing of the content. */
function PrintedCover({ model }: { model: ReadingModel }) {
  const { p } = useView();
  const t = p.pages.reading.print;
  return (
    <div class="print-only">
      <h2 class="serif">{model.catalogueTitle}</h2>
      <p class="code">{model.code}</p>
      <p>{model.mayPrint ? t.byButton : t.notAllowed}</p>
    </div>
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
              {model.mayPrint && file?.shown && PRINTED.has(file.viewer) ? <PrintButton model={model} text={t.print.submit} file={file} /> : null}
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
      {model.mayPrint ? null : <p class="small muted">{t.print.notAllowed}</p>}
      {shown ? <Viewer readingId={model.id} file={shown} /> : null}
    </div>
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
      <Empty title={t[model.state === 'open' ? 'expired' : model.state]} action={{ text: t.again, href: paths.record(model.recordId) }} />
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
