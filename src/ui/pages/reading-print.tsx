import { useView } from '../components/context.js';
import { When } from '../components/marks.js';
import { Watermark } from '../components/watermark.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { Viewer, type ViewedFile } from './reading-files.js';
import { Sheet, type ReadingContent } from './reading-sheet.js';

export interface PrintModel {
  readingId: string;
  title: string;
  catalogueTitle: string;
  code: string;
  purpose: string;
  ticket: string | null;
  /** Who prints, and when: it stands on every print. */
  by: string;
  at: string;
  /** The body, or one file of the record. */
  content: ReadingContent | null;
  file: ViewedFile | null;
  /** Over every page. */
  mark: readonly string[];
}

/** What goes to paper: the sheet, with a foot that says whose print it is. Made by a POST, so that no link prints by itself. */
export const printPage: PageOf<PrintModel> = (view, model) => {
  const t = view.p.pages.reading.print;
  return {
    title: view.say(t.title, { title: model.catalogueTitle }),
    section: 'readings',
    shape: 'narrow',
    body: (
      <div class="stack-l">
        <div class="row row-between no-print">
          <a href={paths.reading(model.readingId)}>{t.back}</a>
          <button class="button primary" type="button" data-print hidden>
            {t.now}
          </button>
        </div>
        <p class="small muted no-print">{t.lead}</p>
        {model.content ? <Sheet title={model.title} code={model.code} content={model.content} /> : null}
        {model.file ? <Viewer readingId={model.readingId} file={model.file} print /> : null}
        <PrintMark model={model} />
        <Watermark lines={model.mark} />
      </div>
    ),
  };
};

function PrintMark({ model }: { model: PrintModel }) {
  const { p, say } = useView();
  const t = p.pages.reading;
  return (
    <footer class="small muted print-mark">
      <p>
        <span class="code">{model.code}</span> · {say(t.purpose, { purpose: model.purpose })}
        {model.ticket ? ` · ${say(t.ticket, { ticket: model.ticket })}` : ''}
      </p>
      <p>
        {say(t.print.by, { name: model.by })} · <When at={model.at} />
      </p>
    </footer>
  );
}
