import { useView } from '../components/context.js';
import { Choices, ErrorSummary, optionsOf, SelectField, TextArea, TextField, type FormState } from '../components/forms.js';
import { Facts, PageHead, Section, When } from '../components/marks.js';
import { Empty } from '../components/notes.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import type { AllPhrases } from '../../phrases/index.js';

type Broken = keyof AllPhrases['pages']['siteVisits']['brokenOff'];
type Result = keyof AllPhrases['pages']['reading']['giveBack']['results'];

export interface SiteVisitsModel {
  requestId: string;
  number: string;
  visitor: string;
  visits: readonly {
    id: string;
    place: string;
    by: string;
    beganAt: string;
    endedAt: string | null;
    count: number;
    result: Result | null;
    brokenOff: Broken | null;
  }[];
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
                  {one.brokenOff === null ? null : ` · ${t.facts.broken}: ${t.brokenOff[one.brokenOff]}`}
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
              <TextField form={model.form} name="minutes" label={t.begin.minutes} hint={t.begin.minutesHint} maxLength={3} must />
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
  endsAt: string | null;
  brokenOff: Broken | null;
  strayed: number;
  /** Whether this viewer stands by and it has not ended. */
  mine: boolean;
  records: readonly { id: string; title: string; code: string; times: readonly string[] }[];
  form: FormState;
}

/** One reading on site: who, where, what was shown; and for who stands by, at his own desk: end. It is shown at its screen alone. */
export const siteVisitPage: PageOf<SiteVisitModel> = ({ p, say, f }, model) => {
  const t = p.pages.siteVisits;
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
        <Facts
          facts={[
            { term: t.facts.visitor, value: model.visitor },
            { term: t.facts.supervisor, value: model.by },
            { term: t.facts.place, value: model.place },
            { term: t.facts.purpose, value: model.purpose },
            { term: t.facts.began, value: <When at={model.beganAt} /> },
            { term: t.facts.until, value: model.mine && model.endsAt !== null ? <When at={model.endsAt} /> : null },
            { term: t.facts.ended, value: model.endedAt === null ? null : <When at={model.endedAt} /> },
            { term: t.facts.result, value: model.result === null ? null : `${p.pages.reading.giveBack.results[model.result]} ${model.note}`.trim() },
            { term: t.facts.broken, value: model.brokenOff === null ? null : t.brokenOff[model.brokenOff] },
            { term: t.facts.strayed, value: model.strayed === 0 ? null : say(t.times, { count: f.number(model.strayed) }) },
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
  const { form } = model;
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
