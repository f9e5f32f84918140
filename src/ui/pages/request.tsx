import { Facts, PageHead, Section, When } from '../components/marks.js';
import { useView } from '../components/context.js';
import { Choices, Confirm, optionsOf, SelectField, TextArea, type FormState } from '../components/forms.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import type { AllPhrases } from '../../phrases/index.js';
import { RequestMark, type RequestListRow } from './requests.js';

type Texts = AllPhrases['pages']['requests'];

export interface RequestModel extends Omit<RequestListRow, 'form'> {
  way: RequestListRow['form'];
  own: boolean;
  reason: string;
  ticket: string;
  typed: string;
  client: string;
  search: string;
  from: string;
  readings: number | null;
  acts: readonly (keyof Texts['acts'])[];
  outsider: string;
  basis: string;
  assessment: string;
  refusedFor: keyof Texts['refusedFor'] | null;
  result: string;
  digest: string;
  /** `null`: not told before it is decided. */
  steps:
    | readonly {
        position: number;
        who: string;
        state: keyof Texts['stepStates'];
        dueAt: string | null;
        by: string;
        as: string;
        decidedAt: string | null;
        reason: string;
      }[]
    | null;
  items: readonly { id: string; title: string; code: string; fit: keyof Texts['fit']; kept: boolean }[];
  notShown: number;
  mayAnswer: number | null;
  /** Papers of a person from outside that this viewer may open. */
  papers: readonly { id: string; kind: keyof Pick<Texts['papers'], 'letter' | 'identity'> }[];
  /** Whether this viewer may make certified copies for it. */
  mayCertify?: boolean;
  /** Whether this viewer may ask for it back. */
  mayRecall?: boolean;
  /** Whether this viewer may look at readings on site under it. */
  mayVisit?: boolean;
  form: FormState;
}

/** One application: what is asked, how it is decided, and what this viewer may do now. */
export const requestPage: PageOf<RequestModel> = ({ p, f, say }, model) => {
  const t = p.pages.requests;
  return {
    title: model.number,
    section: 'requests',
    body: (
      <div class="stack-l">
        <PageHead title={model.number} lead={<RequestMark state={model.state} />}>
          <a class="button" href={paths.requestForm(model.id)} download="">
            {t.print}
          </a>
        </PageHead>
        {model.refusedFor === null ? null : <p>{t.refusedFor[model.refusedFor]}</p>}
        <Facts
          facts={[
            { term: t.columns.kind, value: model.kind === null ? t.notTold : t.kinds[model.kind] },
            { term: t.columns.form, value: t.forms[model.way] },
            { term: t.facts.applicant, value: model.applicant },
            { term: t.columns.purpose, value: model.purpose },
            { term: t.facts.reason, value: model.reason },
            { term: t.facts.ticket, value: model.ticket },
            { term: t.facts.typed, value: model.typed },
            { term: t.facts.client, value: model.client },
            { term: t.facts.search, value: model.search },
            { term: t.facts.from, value: <When at={model.from} /> },
            { term: t.facts.to, value: <When at={model.to} /> },
            { term: t.facts.readings, value: model.readings === null ? null : f.number(model.readings) },
            { term: t.facts.acts, value: model.acts.map((act) => t.acts[act]).join(p.common.comma) },
            { term: t.facts.outsider, value: model.outsider },
            { term: t.facts.basis, value: model.basis },
            { term: t.facts.assessment, value: model.assessment },
            { term: t.facts.result, value: model.result },
            { term: t.facts.digest, value: model.digest === '' ? null : <span class="code">{model.digest}</span> },
          ]}
        />
        <Steps steps={model.steps} />
        <Items model={model} />
        <Papers model={model} />
        {model.mayCertify ? (
          <p>
            <a href={paths.certifiedCopies(model.id)}>{p.pages.certifiedCopies.make}</a>
          </p>
        ) : null}
        {model.mayVisit ? (
          <p>
            <a href={paths.siteVisits(model.id)}>{p.pages.siteVisits.link}</a>
          </p>
        ) : null}
        {model.mayAnswer === null ? null : <Decide model={model} step={model.mayAnswer} />}
        {model.own && model.state === 'submitted' ? (
          <Confirm
            action={paths.requestAct(model.id, 'withdraw')}
            open={t.withdraw}
            title={say(t.withdrawTitle, { number: model.number })}
            submit={t.withdrawSubmit}
            danger
          >
            {t.withdrawLead}
          </Confirm>
        ) : null}
        {model.mayRecall && (model.state === 'approved' || model.state === 'expired') ? (
          <Confirm action={paths.requestAct(model.id, 'recall')} open={t.recall} title={say(t.recallTitle, { number: model.number })} submit={t.recallSubmit}>
            {t.recallLead}
          </Confirm>
        ) : null}
        {model.own && (model.state === 'approved' || model.state === 'expired') ? <HandBack model={model} /> : null}
      </div>
    ),
  };
};

function Steps({ steps }: { steps: RequestModel['steps'] }) {
  const { p, say, f } = useView();
  const t = p.pages.requests;
  return (
    <Section title={t.steps}>
      {steps === null ? (
        <p class="muted">{t.stepsHidden}</p>
      ) : (
        <ol>
          {steps.map((one) => (
            <li key={one.position}>
              <strong>{one.who}</strong> · {t.stepStates[one.state]}
              {one.by === '' ? null : <> · {one.by}</>}
              {one.as === '' ? null : <> · {one.as}</>}
              {one.decidedAt === null ? null : (
                <>
                  {' '}
                  · <When at={one.decidedAt} />
                </>
              )}
              {one.reason === '' ? null : <p>{one.reason}</p>}
              {one.state === 'open' && one.dueAt !== null ? <p class="small muted">{say(t.dueBy, { time: f.dateTime(new Date(one.dueAt)) })}</p> : null}
            </li>
          ))}
        </ol>
      )}
    </Section>
  );
}

function Items({ model }: { model: RequestModel }) {
  const { p, say } = useView();
  const t = p.pages.requests;
  return (
    <Section title={t.items}>
      {model.items.length === 0 ? <p class="muted">{t.noItems}</p> : null}
      <ul class="shelf">
        {model.items.map((one) => (
          <li key={one.id}>
            <a class="title" href={paths.record(one.id)}>
              {one.title}
            </a>
            <span class="sub">
              <span class="code">{one.code}</span> · {one.kept ? t.fit[one.fit] : t.takenOut}
            </span>
          </li>
        ))}
      </ul>
      {model.notShown > 0 ? <p class="small muted">{say(t.notShown, { count: model.notShown })}</p> : null}
    </Section>
  );
}

function Papers({ model: { id, papers } }: { model: RequestModel }) {
  const { p } = useView();
  const t = p.pages.requests.papers;
  if (papers.length === 0) return null;
  return (
    <Section title={t.title}>
      <p class="small muted">{t.lead}</p>
      <ul>
        {papers.map((one) => (
          <li key={one.id}>
            <a href={paths.requestPaper(id, one.id)}>{t[one.kind]}</a>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Decide({ model, step }: { model: RequestModel; step: number }) {
  const { p } = useView();
  const t = p.pages.requests;
  const acts = model.acts.map((value) => ({ value, text: t.acts[value] }));
  return (
    <Section title={t.decide.title}>
      <form class="stack" method="post" action={paths.requestAct(model.id, 'decide')}>
        <input type="hidden" name="step" value={step} />
        {acts.length > 1 ? (
          <Choices form={{ ...model.form, values: { acts: [...model.acts], ...model.form.values } }} name="acts" label={t.decide.less} options={acts} many />
        ) : null}
        <TextArea form={model.form} name="reason" label={t.decide.reason} rows={3} maxLength={500} must />
        <div class="row">
          <button class="button primary" name="agree" value="1">
            {t.decide.agree}
          </button>
          <button class="button danger" name="agree" value="0">
            {t.decide.refuse}
          </button>
        </div>
      </form>
    </Section>
  );
}

function HandBack({ model }: { model: RequestModel }) {
  const { p } = useView();
  const t = p.pages.requests.handBack;
  return (
    <Section title={t.title}>
      <form class="stack" method="post" action={paths.requestAct(model.id, 'return')}>
        <SelectField form={model.form} name="result" label={t.result} options={optionsOf(p.pages.reading.giveBack.results)} must />
        <TextArea form={model.form} name="note" label={t.note} rows={2} maxLength={500} />
        <button class="button primary">{t.submit}</button>
      </form>
    </Section>
  );
}
