import { useView } from '../components/context.js';
import type { Shape } from '../components/icons.js';
import { Section, State, When, type Tone } from '../components/marks.js';
import type { Column } from '../components/tables.js';
import { paths } from '../paths.js';

/** Tone and shape of each state of a kind of thing. */
export type Marks<S extends string> = Record<S, readonly [Tone, Shape]>;

/** A state in its word, tone and shape. */
export function StateMark<S extends string>({ state, marks, texts }: { state: S; marks: Marks<S>; texts: Readonly<Record<S, string>> }) {
  const [tone, shape] = marks[state];
  return (
    <State tone={tone} shape={shape}>
      {texts[state]}
    </State>
  );
}

/** One list by its states, each of them a link. */
export function StateTabs<S extends string>({
  label,
  all,
  path,
  states,
  texts,
  here,
}: {
  label: string;
  /** What the tab over all of them is called. */
  all: string;
  path: string;
  states: readonly S[];
  texts: Readonly<Record<S, string>>;
  here: S | null;
}) {
  return (
    <nav class="tabs" aria-label={label}>
      {[null, ...states].map((state) => (
        <a key={state ?? 'all'} href={state === null ? path : `${path}?state=${state}`} aria-current={here === state ? 'page' : undefined}>
          {state === null ? all : texts[state]}
        </a>
      ))}
    </nav>
  );
}

/** Appraisals that wait for this viewer's signature; nothing where none does. */
export function ToSign({ appraisals }: { appraisals: readonly { id: string; number: string; since: string }[] }) {
  const { p } = useView();
  if (appraisals.length === 0) return null;
  return (
    <Section title={p.pages.disposition.appraisals.toSign}>
      <ul class="shelf">
        {appraisals.map((one) => (
          <li key={one.id}>
            <a href={paths.appraisal(one.id)}>{one.number}</a>
            <span class="sub">
              <When at={one.since} relative />
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** The column that names a row by its number and leads to it. */
export function numberColumn<R extends { id: string; number: string }>(head: string, path: (id: string) => string): Column<R> {
  return {
    key: 'number',
    head,
    main: true,
    cell: (row) => (
      <a class="code" href={path(row.id)}>
        {row.number}
      </a>
    ),
  };
}
