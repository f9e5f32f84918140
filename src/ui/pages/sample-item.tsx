import { useView } from '../components/context.js';
import { Choices, ErrorSummary, optionsOf, TextArea, type FormState } from '../components/forms.js';
import { Crumbs, Facts, PageHead, Section, When } from '../components/marks.js';
import { Note } from '../components/notes.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { textOf } from '../view.js';
import { ItemMark, type SampleItemRow } from './samples.js';

export interface SampleItemModel extends SampleItemRow {
  sampleId: string;
  number: string;
  /** What the entry speaks of, each a link where the viewer may follow it. */
  links: readonly { term: string; to: string | { href: string; text: string } }[];
  markedAt: string | null;
  note: string | null;
  case: { number: string; href: string | null } | null;
  mayMark: boolean;
  mayOpenCase: boolean;
  /** Whether the sample may still be marked at all. */
  open: boolean;
  next: number | null;
  form: FormState;
}

/** One item: what was done, and the mark. */
export const sampleItemPage: PageOf<SampleItemModel> = ({ p, say }, model) => {
  const t = p.pages.oversight.samples;
  const title = say(t.item.title, { number: model.number, position: String(model.position) });
  return {
    title,
    section: 'signals',
    body: (
      <>
        <Crumbs
          crumbs={[{ text: t.title, href: paths.samples }, { text: model.number, href: paths.sample(model.sampleId) }, { text: String(model.position) }]}
        />
        <PageHead title={title} lead={model.own ? t.one.own : <ItemMark mark={model.mark} />} />
        <div class="stack-l">
          <Section title={t.item.entry}>
            <div class="stack">
              <Facts
                facts={[
                  {
                    term: t.columns.entry,
                    value: model.entryHref === null ? <span class="code">{model.entry}</span> : <a href={model.entryHref}>{model.entry}</a>,
                  },
                  { term: t.columns.at, value: model.at === null ? null : <When at={model.at} /> },
                  { term: t.columns.who, value: model.who },
                  { term: t.columns.act, value: model.act },
                  { term: t.columns.purpose, value: model.purpose },
                  ...model.links.map(({ term, to }) => ({ term, value: typeof to === 'string' ? to : <a href={to.href}>{to.text}</a> })),
                ]}
              />
              {model.entryHref === null ? null : <p class="small muted">{t.item.side}</p>}
            </div>
          </Section>
          {model.mark === null ? null : (
            <Facts
              facts={[
                { term: t.columns.mark, value: <ItemMark mark={model.mark} /> },
                { term: t.columns.markedBy, value: model.markedBy },
                { term: t.columns.markedAt, value: model.markedAt === null ? null : <When at={model.markedAt} /> },
                { term: t.columns.note, value: model.note },
                {
                  term: t.columns.case,
                  value: model.case === null ? null : model.case.href === null ? model.case.number : <a href={model.case.href}>{model.case.number}</a>,
                },
              ]}
            />
          )}
          {model.mayMark ? <MarkForm model={model} /> : model.open && !model.mayMark ? <Note>{t.item.notYou}</Note> : null}
          {model.mayOpenCase ? (
            <form class="stack" method="post" action={paths.sampleItemStep(model.sampleId, model.position, 'case')}>
              <p class="small muted">{t.item.toCaseLead}</p>
              <div>
                <button class="button">{t.item.toCase}</button>
              </div>
            </form>
          ) : null}
          {model.next === null || model.next === model.position ? null : (
            <p>
              <a class="button" href={paths.sampleItem(model.sampleId, model.next)}>
                {t.one.next}
              </a>
            </p>
          )}
        </div>
      </>
    ),
  };
};

function MarkForm({ model }: { model: SampleItemModel }) {
  const { p } = useView();
  const t = p.pages.oversight.samples.item;
  return (
    <form class="stack" method="post" action={paths.sampleItemStep(model.sampleId, model.position, 'mark')}>
      <ErrorSummary form={model.form} labels={(field) => textOf(t, field)} />
      <Choices form={model.form} name="mark" label={model.mark === null ? t.mark : t.again} must keys options={optionsOf(p.reports.samples.marks)} />
      <TextArea form={model.form} name="note" label={t.note} hint={t.noteHint} maxLength={2000} rows={3} />
      <div>
        <button class="button primary">{t.submit}</button>
      </div>
    </form>
  );
}
