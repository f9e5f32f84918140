import type { AllPhrases } from '../../phrases/index.js';
import { useView } from '../components/context.js';
import { Confirm, optionsOf, SelectField, TextArea, type FormState } from '../components/forms.js';
import { Facts, PageHead, Section, When } from '../components/marks.js';
import { Note } from '../components/notes.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { textOf } from '../view.js';
import { GrantMark, ReviewMark, type GrantListRow } from './grants.js';

export interface GrantModel extends Omit<GrantListRow, 'review'> {
  acts: readonly (keyof AllPhrases['pages']['requests']['acts'])[];
  from: string;
  issuedBy: string;
  supervisedFor: string;
  endedAt: string | null;
  result: string;
  endReason: string;
  /** A title that is hidden from this viewer is `null`. */
  listed: readonly { id: string; title: string | null; code: string }[];
  review: { due: string; overdue: boolean; at: string | null; accepted: boolean | null; by: string; note: string } | null;
  own: boolean;
  mayRevoke: boolean;
  mayReview: boolean;
  /** Of whichever form was refused. */
  form: FormState;
}

/** One grant: whom it lets read what, why, until when, and what this viewer may do with it. */
export const grantPage: PageOf<GrantModel> = ({ p, f, say }, model) => {
  const t = p.pages.grants;
  const title = say(t.of, { kind: t.kinds[model.kind], time: f.dateTime(model.issuedAt) });
  const live = model.state === 'live';
  return {
    title,
    section: 'grants',
    body: (
      <div class="stack-l">
        <PageHead
          title={title}
          lead={
            <>
              <GrantMark state={model.state} /> {model.review ? <ReviewMark review={model.review} /> : null}
            </>
          }
        />
        <Facts
          facts={[
            { term: t.facts.reader, value: model.reader },
            { term: t.facts.acts, value: model.acts.map((act) => p.pages.requests.acts[act]).join(p.common.comma) },
            { term: t.facts.purpose, value: model.purpose },
            { term: t.facts.from, value: <When at={model.from} /> },
            { term: t.facts.to, value: <When at={model.until} /> },
            { term: t.facts.left, value: model.left === null ? t.unlimited : f.number(model.left) },
            {
              term: t.facts.request,
              value:
                model.request === null ? (
                  t.facts.noRequest
                ) : (
                  <a class="code" href={paths.request(model.request.id)}>
                    {model.request.number}
                  </a>
                ),
            },
            { term: t.facts.issuedBy, value: model.issuedBy },
            { term: t.facts.issuedAt, value: <When at={model.issuedAt} /> },
            { term: t.facts.supervised, value: model.supervisedFor },
            { term: t.facts.reason, value: model.reason },
            { term: t.facts.ended, value: model.endedAt === null ? null : <When at={model.endedAt} /> },
            { term: t.facts.result, value: model.result === '' ? null : textOf(p.pages.reading.giveBack.results, model.result) },
            { term: t.facts.endReason, value: model.endReason },
          ]}
        />
        <Records model={model} />
        {model.review ? <Review model={model} review={model.review} /> : null}
        {model.own && live ? <HandBack model={model} /> : null}
        {model.mayRevoke && live ? (
          <Confirm
            action={paths.grantAct(model.id, 'revoke')}
            open={t.revoke.open}
            title={say(t.revoke.title, { reader: model.reader })}
            submit={t.revoke.submit}
            danger
            form={model.form}
          >
            <div class="stack">
              <p>{t.revoke.lead}</p>
              <TextArea form={model.form} at="revoke" name="reason" label={t.revoke.reason} rows={2} maxLength={500} must />
            </div>
          </Confirm>
        ) : null}
      </div>
    ),
  };
};

function Records({ model: { listed, records } }: { model: GrantModel }) {
  const { p, say } = useView();
  const t = p.pages.grants;
  return (
    <Section title={t.records}>
      <ul class="shelf">
        {listed.map((one) => (
          <li key={one.id}>
            {one.title === null ? (
              <span class="muted">{t.hidden}</span>
            ) : (
              <a class="title" href={paths.record(one.id)}>
                {one.title}
              </a>
            )}
            {one.code === '' ? null : <span class="sub code">{one.code}</span>}
          </li>
        ))}
      </ul>
      {records > listed.length ? <p class="small muted">{say(t.recordsMore, { count: records - listed.length })}</p> : null}
    </Section>
  );
}

function Review({ model, review }: { model: GrantModel; review: NonNullable<GrantModel['review']> }) {
  const { p, f, say } = useView();
  const t = p.pages.grants.review;
  if (review.at !== null)
    return (
      <Section title={t.title}>
        <p>
          <strong>{review.accepted ? t.accepted : t.rejected}</strong>
        </p>
        <p class="small muted">
          {say(t.by, { name: review.by })} · <When at={review.at} />
        </p>
        {review.note === '' ? null : <p>{review.note}</p>}
      </Section>
    );
  return (
    <Section title={t.title}>
      <p>{say(t.due, { time: f.dateTime(review.due) })}</p>
      {model.own ? <Note>{t.own}</Note> : null}
      {model.mayReview ? (
        <form class="stack" method="post" action={paths.grantAct(model.id, 'review')}>
          <p class="small muted">{t.lead}</p>
          <TextArea form={model.form} at="review" name="note" label={t.note} rows={2} maxLength={500} />
          <div class="row">
            <button class="button primary" name="accepted" value="1">
              {t.accept}
            </button>
            <button class="button danger" name="accepted" value="0">
              {t.reject}
            </button>
          </div>
        </form>
      ) : null}
    </Section>
  );
}

function HandBack({ model }: { model: GrantModel }) {
  const { p } = useView();
  const t = p.pages.grants.handBack;
  if (model.request !== null)
    return (
      <p>
        <a class="button" href={paths.request(model.request.id)}>
          {t.viaRequest}
        </a>
      </p>
    );
  return (
    <Section title={t.title}>
      <form class="stack" method="post" action={paths.grantAct(model.id, 'return')}>
        <p class="small muted">{t.lead}</p>
        <SelectField form={model.form} name="result" label={t.result} options={optionsOf(p.pages.reading.giveBack.results)} must />
        <TextArea form={model.form} at="return" name="note" label={t.note} rows={2} maxLength={500} />
        <button class="button primary">{t.submit}</button>
      </form>
    </Section>
  );
}
