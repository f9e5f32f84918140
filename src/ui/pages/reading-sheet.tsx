import { useView } from '../components/context.js';
import { Facts, When, type Fact } from '../components/marks.js';
import { textOf } from '../view.js';

/** The sealed body of a record, opened: personal data in clear. */
export interface ReadingContent {
  facts: readonly { field: string; value: string; isTime?: boolean }[];
  /** Long texts in the order of the form, by field. */
  texts: readonly { field: string; text: string; at?: string; by?: string }[];
  absent: readonly { field: string; reason: string }[];
}

/** The opened body as a form. */
export function Sheet({ title, code, content }: { title: string; code: string; content: ReadingContent }) {
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
      <h1>{title}</h1>
      <p class="muted code">{code}</p>
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
