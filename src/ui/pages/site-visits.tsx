import { useView } from '../components/context.js';
import { Choices, ErrorSummary, errorText, optionsOf, SelectField, TextArea, TextField, type FormState } from '../components/forms.js';
import { Facts, PageHead, Section, When } from '../components/marks.js';
import { Empty, Note } from '../components/notes.js';
import { Watermark } from '../components/watermark.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import type { AllPhrases } from '../../phrases/index.js';
import { Viewer } from './reading-files.js';
import { Sheet } from './reading-sheet.js';
import type { ReadingModel } from './reading.js';

type Result = keyof AllPhrases['pages']['reading']['giveBack']['results'];

export interface SiteVisitsModel {
  requestId: string;
  number: string;
  visitor: string;
  visits: readonly { id: string; place: string; by: string; beganAt: string; endedAt: string | null; count: number; result: Result | null }[];
  mayBegin: boolean;
  form: FormState;
}

/** The readings on site of one application, and the form that begins the next one. */
export const siteVisitsPage: PageOf<SiteVisitsModel> = ({ p, say, f }, model) => {
  const t = p.pages.siteVisits;
  return {
    title: say(t.title, { number: model.number }),
    section: 'requests',
    body: (
      <div class="stack-l">
        <PageHead title={say(t.title, { number: model.number })} lead={t.lead}>
          <a class="button" href={paths.request(model.requestId)}>
            {t.back}
          </a>
        </PageHead>
        <Section title={t.visits}>
          {model.visits.length === 0 ? <Empty title={t.none.title}>{t.none.text}</Empty> : null}
          <ul class="shelf">
            {model.visits.map((one) => (
              <li key={one.id}>
                <a class="title" href={paths.siteVisit(one.id)}>
                  {one.place}
                </a>
                <span class="sub">
                  <When at={one.beganAt} />
                  {one.endedAt === null ? ` · ${t.open}` : null} · {say(t.about, { by: one.by, count: f.number(one.count) })}
                  {one.result === null ? null : ` · ${p.pages.reading.giveBack.results[one.result]}`}
                </span>
              </li>
            ))}
          </ul>
        </Section>
        {model.mayBegin ? (
          <Section title={t.begin.title}>
            <p>{say(t.begin.lead, { visitor: model.visitor })}</p>
            <form class="stack" method="post" action={paths.siteVisits(model.requestId)}>
              <TextField form={model.form} name="place" label={t.begin.place} hint={t.begin.placeHint} maxLength={64} must />
              <Choices
                form={model.form}
                name="identityChecked"
                label={t.begin.identity}
                options={[{ value: '1', text: say(t.begin.checked, { visitor: model.visitor }) }]}
                many
                must
              />
              <button class="button primary">{t.begin.submit}</button>
            </form>
          </Section>
        ) : null}
      </div>
    ),
  };
};

export interface SiteVisitModel {
  id: string;
  requestId: string;
  number: string;
  visitor: string;
  by: string;
  place: string;
  purpose: string;
  beganAt: string;
  endedAt: string | null;
  result: Result | null;
  note: string;
  signed: boolean | null;
  /** Whether this viewer stands by and it has not ended. */
  mine: boolean;
  records: readonly { id: string; title: string; code: string; times: readonly string[]; open: string | null }[];
  form: FormState;
}

/** One reading on site: who, where, what was shown; and for who stands by: show, end. */
export const siteVisitPage: PageOf<SiteVisitModel> = (view, model) => {
  const { p, say } = view;
  const t = p.pages.siteVisits;
  const wrong = model.form.errors.find((one) => one.field === 'record');
  return {
    title: say(t.one, { visitor: model.visitor }),
    section: 'requests',
    body: (
      <div class="stack-l">
        <PageHead title={say(t.one, { visitor: model.visitor })} lead={model.mine ? t.oneLead : t.over}>
          <a class="button" href={paths.siteVisits(model.requestId)}>
            {model.number}
          </a>
          <a class="button" href={paths.siteVisitSlip(model.id)} download="">
            {t.slip}
          </a>
        </PageHead>
        {wrong ? (
          <Note kind="bad" role="alert">
            {errorText(view, wrong)}
          </Note>
        ) : null}
        <Facts
          facts={[
            { term: t.facts.visitor, value: model.visitor },
            { term: t.facts.supervisor, value: model.by },
            { term: t.facts.place, value: model.place },
            { term: t.facts.purpose, value: model.purpose },
            { term: t.facts.began, value: <When at={model.beganAt} /> },
            { term: t.facts.ended, value: model.endedAt === null ? null : <When at={model.endedAt} /> },
            { term: t.facts.result, value: model.result === null ? null : `${p.pages.reading.giveBack.results[model.result]} ${model.note}`.trim() },
            { term: t.facts.signed, value: model.signed === null ? null : model.signed ? t.signed : t.unsigned },
          ]}
        />
        <Section title={t.records}>
          <ul class="shelf">
            {model.records.map((one) => (
              <li key={one.id}>
                <span class="title">{one.title}</span>
                <span class="sub">
                  <span class="code">{one.code}</span>
                  {one.times.map((at) => (
                    <>
                      {' '}
                      · {t.shownAt} <When key={at} at={at} />
                    </>
                  ))}
                </span>
                {model.mine ? (
                  <form method="post" action={paths.showToVisitor(model.id)}>
                    <input type="hidden" name="record" value={one.id} />
                    <button class="button">
                      {one.open === null ? t.show : t.further}
                      <span class="hidden"> {one.title}</span>
                    </button>
                  </form>
                ) : null}
              </li>
            ))}
          </ul>
        </Section>
        {model.mine ? <End model={model} /> : null}
      </div>
    ),
  };
};

function End({ model }: { model: SiteVisitModel }) {
  const { p } = useView();
  const t = p.pages.siteVisits.end;
  const labels: Record<string, string> = { result: t.result, note: t.note };
  const form = { ...model.form, errors: model.form.errors.filter((one) => one.field !== 'record') };
  return (
    <Section title={t.title}>
      <p>{t.lead}</p>
      <ErrorSummary form={form} labels={(field) => labels[field] ?? field} />
      <form class="stack" method="post" action={paths.endVisit(model.id)}>
        <SelectField form={form} name="result" label={t.result} options={optionsOf(p.pages.reading.giveBack.results)} must />
        <TextArea form={form} name="note" label={t.note} hint={t.noteHint} rows={2} maxLength={500} />
        <Choices form={form} name="signed" label={t.signature} options={[{ value: '1', text: t.signed }]} many />
        <button class="button primary">{t.submit}</button>
      </form>
    </Section>
  );
}

export interface SiteReadingModel {
  visitId: string;
  number: string;
  visitor: string;
  reading: ReadingModel;
}

/** What the visitor sees: one record under the mark with the visitor's name; no way to anything else of the archive. */
export const siteReadingPage: PageOf<SiteReadingModel> = ({ p, say }, { visitId, number, visitor, reading }) => {
  const t = p.pages.siteVisits;
  const at = paths.siteReading(visitId, reading.id);
  const open = reading.state === 'open' && reading.content !== null;
  const shown = reading.files.find((file) => file.shown);
  return {
    title: say(t.one, { visitor }),
    shape: 'bare',
    body: (
      <>
        {open && reading.mark ? <Watermark lines={reading.mark} /> : null}
        <div class="stack-l no-print">
          <div class="reading-bar">
            <div>
              <strong>{visitor}</strong> · <span class="code">{number}</span>
            </div>
            <a class="button" href={paths.siteVisit(visitId)}>
              {t.putAway}
            </a>
          </div>
          {open && reading.content ? (
            <Sheet title={reading.title} code={reading.code} content={reading.content} />
          ) : (
            <>
              <h1 class="hidden">{say(t.one, { visitor })}</h1>
              <Empty title={t.gone} action={{ text: t.putAway, href: paths.siteVisit(visitId) }} />
            </>
          )}
          {reading.files.length === 0 ? null : (
            <Section title={p.pages.reading.files} id="files">
              <ul class="shelf">
                {reading.files.map((file) => (
                  <li key={file.id}>
                    {file.viewer === 'none' ? (
                      <span class="title">{file.name}</span>
                    ) : (
                      <a class="title" href={`${at}?file=${encodeURIComponent(file.id)}#files`} aria-current={file.shown ? 'true' : undefined}>
                        {file.name}
                      </a>
                    )}
                    {file.viewer === 'none' ? <span class="sub">{t.noViewer}</span> : null}
                  </li>
                ))}
              </ul>
              {shown ? <Viewer readingId={reading.id} file={shown} at={at} /> : null}
            </Section>
          )}
        </div>
      </>
    ),
  };
};
