import { useView } from '../components/context.js';
import { Choices, Confirm, TextArea, TextField } from '../components/forms.js';
import { Section, When } from '../components/marks.js';
import { paths } from '../paths.js';
import { DESK, type AppraisalModel } from './appraisal.js';

function Kept({ filter }: { filter: AppraisalModel['filter'] }) {
  return (
    <>
      {Object.entries(filter).map(([name, value]) => (
        <input key={name} type="hidden" name={`filter.${name}`} value={value} />
      ))}
    </>
  );
}

export function Decide({ model }: { model: AppraisalModel }) {
  const { p, say, f } = useView();
  const t = p.pages.disposition.appraisal;
  const scopes = [
    { value: 'picked', text: t.decide.scopes.picked },
    { value: 'all', text: say(t.decide.scopes.all, { count: f.number(model.total) }) },
  ];
  const { none: _, ...proposals } = t.proposals;
  const form = { ...model.form, values: { scope: 'picked', ...model.form.values } };
  return (
    <Section title={t.decide.title} id="decide">
      <p class="small muted">{t.decide.lead}</p>
      <form class="stack" id={DESK} method="post" action={paths.appraisalAct(model.id, 'propose')}>
        <Kept filter={model.filter} />
        <Choices form={form} name="scope" label={t.decide.scope} options={scopes} must />
        <Choices form={form} name="proposal" label={t.decide.proposal} options={Object.entries(proposals).map(([value, text]) => ({ value, text }))} keys />
        <div class="grid">
          <TextField form={form} name="years" label={t.decide.years} type="number" hint={t.decide.periodHint} />
          <TextField form={form} name="months" label={t.decide.months} type="number" />
          <TextField form={form} name="basis" label={t.decide.basis} hint={t.decide.basisHint} maxLength={500} />
        </div>
        <TextArea form={form} name="reason" label={t.decide.reason} rows={2} maxLength={500} />
        <div class="row">
          <button class="button primary">{t.decide.submit}</button>
          <button class="button" formaction={paths.appraisalAct(model.id, 'take-out')}>
            {t.decide.takeOut}
          </button>
        </div>
      </form>
    </Section>
  );
}

export function Steps({ model }: { model: AppraisalModel }) {
  const { p, say, f } = useView();
  const t = p.pages.disposition.appraisal;
  const last = model.steps.findLast((one) => !one.undone)?.step;
  if (model.steps.length === 0) return null;
  return (
    <Section title={t.steps.title}>
      <ol class="shelf">
        {model.steps.map((one) => (
          <li key={one.step}>
            <span>
              {say(t.steps.line, { step: one.step, proposal: t.proposals[one.proposal], count: f.number(one.items) })}
              {one.years === null ? null : ` · ${say(t.steps.period, { years: one.years, months: one.months ?? 0 })}`}
              {one.undone ? ` · ${t.steps.undone}` : null}
            </span>
            <span class="sub">
              {one.reason} {one.basis} <When at={one.at} />
            </span>
            {model.mayEdit && one.step === last ? (
              <form method="post" action={paths.appraisalAct(model.id, 'undo')}>
                <input type="hidden" name="step" value={one.step} />
                <Kept filter={model.filter} />
                <button class="button">{t.steps.undo}</button>
              </form>
            ) : null}
          </li>
        ))}
      </ol>
    </Section>
  );
}

export function Sign({ model }: { model: AppraisalModel }) {
  const { p, say, f } = useView();
  const t = p.pages.disposition.appraisal.sign;
  return (
    <Section title={t.title} id="sign">
      <p>{say(t.lead, { digest: (model.digest ?? '').slice(0, 16), count: f.number(model.counts.items) })}</p>
      <form class="stack" id={DESK} method="post" action={paths.appraisalAct(model.id, 'sign')}>
        <input type="hidden" name="digest" value={model.digest ?? ''} />
        <TextArea form={model.form} name="opinion" label={t.opinion} rows={2} maxLength={1000} hint={t.dissentHint} />
        <div class="row">
          <button class="button primary" name="agree" value="1">
            {t.agree}
          </button>
          <button class="button" name="agree" value="0">
            {t.dissent}
          </button>
        </div>
      </form>
    </Section>
  );
}

export function Acts({ model }: { model: AppraisalModel }) {
  const { p, say } = useView();
  const t = p.pages.disposition.appraisal;
  return (
    <div class="row">
      {model.mayEdit ? (
        <Confirm
          action={paths.appraisalAct(model.id, 'submit')}
          open={t.submit.open}
          title={say(t.submit.title, { number: model.number })}
          submit={t.submit.button}
        >
          <p>{t.submit.text}</p>
        </Confirm>
      ) : null}
      {model.mayWithdraw ? (
        <Confirm
          action={paths.appraisalAct(model.id, 'withdraw')}
          open={t.withdraw.open}
          title={say(t.withdraw.title, { number: model.number })}
          submit={t.withdraw.button}
          danger
        >
          <p>{t.withdraw.text}</p>
        </Confirm>
      ) : null}
    </div>
  );
}
