import type { ComponentChildren } from 'preact';
import { useView } from './context.js';

export interface FileRow {
  id: string;
  name: string;
  /** MIME type by content. */
  type: string;
  size: number;
  pages?: number | null;
  seconds?: number | null;
  /** Marks such as `empty`, `encrypted`, `renamed`; keys of `ui.fileMarks`. */
  marks?: readonly ('empty' | 'encrypted' | 'renamed' | 'not_searchable')[];
}

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/pdf/, 'PDF'],
  [/wav|mpeg|amr|audio|ogg/, '♪'],
  [/png|jpe?g|gif|webp|image|tiff/, 'IMG'],
  [/rfc822|outlook/, '@'],
  [/sheet|excel|csv/, 'XLS'],
  [/word/, 'DOC'],
  [/presentation/, 'PPT'],
  [/zip|rar|7z|tar|gzip/, 'ZIP'],
  [/video/, '▶'],
  [/text|json|xml/, 'TXT'],
];

function kindOf(type: string): string {
  return KINDS.find(([pattern]) => pattern.test(type))?.[1] ?? '···';
}

interface Props {
  files: readonly FileRow[];
  acts?: (file: FileRow) => ComponentChildren;
  below?: (file: FileRow) => ComponentChildren;
}

export function FileList({ files, acts, below }: Props) {
  const { p, f, say } = useView();
  return (
    <ul class="filelist">
      {files.map((file) => (
        <li key={file.id}>
          <span class="kind" aria-hidden="true">
            {kindOf(file.type)}
          </span>
          <span>
            {file.name}
            <span class="sub small muted">
              {' '}
              {[
                f.bytes(file.size),
                file.pages ? say(p.common.pages, { count: file.pages }) : '',
                file.seconds ? f.clock(file.seconds) : '',
                ...(file.marks ?? []).map((mark) => p.ui.fileMarks[mark]),
              ]
                .filter(Boolean)
                .join(' · ')}
            </span>
            {below ? <span class="sub">{below(file)}</span> : null}
          </span>
          {acts ? <span class="acts">{acts(file)}</span> : null}
        </li>
      ))}
    </ul>
  );
}
