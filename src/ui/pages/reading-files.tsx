import type { ComponentChildren } from 'preact';
import { useView } from '../components/context.js';
import type { FileRow } from '../components/files.js';
import { Facts } from '../components/marks.js';
import { paths } from '../paths.js';

export interface ViewedFile extends FileRow {
  /** How the page can show it; `none` only downloads. */
  viewer: 'pdf' | 'image' | 'text' | 'mail' | 'audio' | 'none';
  /** Chosen in the address (`?file=`), so that opening a file is an act of its own and an entry of its own. */
  shown: boolean;
  /** For `text` and `mail`: the content, already decoded. */
  text?: string;
  mail?: { from: string; to: string; date: string; subject: string; text: string };
}

/** What a print view can hold; a PDF prints from a program of its own, after a download. */
export const PRINTED: ReadonlySet<ViewedFile['viewer']> = new Set<ViewedFile['viewer']>(['image', 'text', 'mail']);

/** Shows a file in the page, from this server only; every byte it fetches runs under the reading. */
export function Viewer({ readingId, file, print = false }: { readingId: string; file: ViewedFile; print?: boolean }) {
  const { p } = useView();
  const source = print ? paths.printFile(readingId, file.id) : paths.file(readingId, file.id);
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
