import type { ComponentChildren } from 'preact';
import { useView } from '../components/context.js';
import type { FileRow } from '../components/files.js';
import { Facts } from '../components/marks.js';
import { paths } from '../paths.js';

export interface ViewedFile extends FileRow {
  /** How the page can show it; `none` only downloads. */
  viewer: 'pdf' | 'image' | 'text' | 'mail' | 'audio' | 'sound' | 'none';
  /** Chosen in the address (`?file=`), so that opening a file is an act of its own and an entry of its own. */
  shown: boolean;
  /** For `pdf` and `image` under a mark: the page that is shown, and how many there are. */
  page?: { number: number; of: number };
  /** For `text` and `mail`: the content, already decoded. */
  text?: string;
  mail?: { from: string; to: string; date: string; subject: string; text: string };
}

/** Most pages of a PDF that one print holds. */
export const MOST_PRINTED = 50;

/** What a print view can hold. */
export const PRINTED: ReadonlySet<ViewedFile['viewer']> = new Set<ViewedFile['viewer']>(['pdf', 'image', 'text', 'mail']);

/** Shows a file in the page, from this server only; every byte it fetches runs under the reading. */
export function Viewer({
  readingId,
  file,
  print = false,
  at = paths.reading(readingId),
}: {
  readingId: string;
  file: ViewedFile;
  print?: boolean;
  at?: string;
}) {
  const { p } = useView();
  const source = print ? paths.printFile(readingId, file.id) : paths.file(readingId, file.id);
  const t = p.pages.reading;
  if (file.page) return <Pages readingId={readingId} file={file} page={file.page} print={print} at={at} />;
  const views: Record<ViewedFile['viewer'], () => ComponentChildren> = {
    pdf: () => <iframe class="viewer" src={source} title={file.name} />,
    image: () => <img class="viewer" src={source} alt={file.name} />,
    audio: () => (
      <>
        <audio class="viewer" src={source} controls controlsList="nodownload" preload="none" aria-label={file.name} data-plays={file.type} />
        <p class="small muted" hidden>
          {t.notPlayed}
        </p>
      </>
    ),
    // made playable here: what the browser itself plays of it does not matter
    sound: () => <audio class="viewer" src={paths.sound(readingId, file.id)} controls controlsList="nodownload" preload="none" aria-label={file.name} />,
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

/** Pages as pictures that bear the reader's name: one on the screen, all of them on paper. */
function Pages({
  readingId,
  file,
  page,
  print,
  at,
}: {
  readingId: string;
  file: ViewedFile;
  page: NonNullable<ViewedFile['page']>;
  print: boolean;
  at: string;
}) {
  const { p, say } = useView();
  const t = p.pages.reading.pages;
  const numbers = print ? Array.from({ length: Math.min(page.of, MOST_PRINTED) }, (_, i) => i + 1) : [page.number];
  const to = (number: number): string => `${at}?file=${encodeURIComponent(file.id)}&page=${number}#files`;
  const words = (number: number): string => say(t.page, { page: number, pages: page.of });
  return (
    <figure>
      <figcaption class="small muted">{file.name}</figcaption>
      {print ? (
        page.of > MOST_PRINTED ? (
          <p class="small muted no-print">{say(t.cut, { count: MOST_PRINTED })}</p>
        ) : null
      ) : (
        <p class="row small">
          {page.number > 1 ? <a href={to(page.number - 1)}>{t.previous}</a> : null}
          <span>{words(page.number)}</span>
          {page.number < page.of ? <a href={to(page.number + 1)}>{t.next}</a> : null}
        </p>
      )}
      {numbers.map((number) => (
        <img key={number} class="viewer" src={paths.markedPage(readingId, file.id, number, print)} alt={`${file.name} ${words(number)}`} />
      ))}
    </figure>
  );
}
