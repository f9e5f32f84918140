import type { AllPhrases } from '../../phrases/index.js';
import { useView } from '../components/context.js';
import { Confirm, SelectField, TextArea, TextField, type FormState, type Option } from '../components/forms.js';
import { Copyable, Facts, PageHead, Section, Timeline, When, type TimelineItem } from '../components/marks.js';
import { Receipts, type ReceiptsModel } from '../components/receipts.js';
import type { Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { RegisterItems, type RegisterItemRow } from './register-items.js';
import { RegisterMark, type RegisterShown } from './registers.js';

type Texts = AllPhrases['pages']['disposition']['register'];

export interface RegisterPerson {
  office: keyof Texts['offices'];
  person: string;
  name: string;
  outside: boolean;
  checkedAt: string | null;
  witnessedAt: string | null;
}

/** One thing that happened to a register, in words. */
export interface RegisterEventLine {
  at: string;
  text: string;
  reason: string;
  strong: boolean;
  soon: boolean;
}

export interface RegisterModel {
  id: string;
  number: string;
  kind: keyof AllPhrases['pages']['disposition']['registers']['kinds'];
  /** The request of its person that an erasure carries out, and its page where this viewer may look. */
  request: { number: string; href: string | null } | null;
  state: RegisterShown;
  itemCount: number;
  place: string;
  digest: string | null;
  rules: string | null;
  round: number;
  executeAfter: string | null;
  endReason: string;
  maker: string;
  pauseDays: number;
  timeline: readonly RegisterEventLine[];
  people: readonly RegisterPerson[];
  items: readonly RegisterItemRow[];
  paging: Paging;
  may: { prepare: boolean; submit: boolean; answer: number | null; appoint: boolean; check: boolean; stop: boolean; again: boolean };
  candidates: { executor: readonly Option[]; supervisor: readonly Option[] };
  exports: { xlsx: string; csv: string };
  receipts: ReceiptsModel;
  form: FormState;
}

const PICK = 'items';

/** A destruction register: who agreed to exactly which list, what may be done now, and its items. */
export const registerPage: PageOf<RegisterModel> = ({ p, f }, model) => {
  const t = p.pages.disposition.register;
  const picks = model.may.prepare || model.may.answer !== null;
  return {
    title: model.number,
    section: 'destruction',
    body: (
      <div class="stack-l">
        <PageHead title={model.number} lead={<RegisterMark state={model.state} />}>
          <a class="button" href={model.exports.xlsx} download="">
            {p.pages.disposition.appraisal.exports} XLSX
          </a>
          <a class="button" href={model.exports.csv} download="">
            CSV
          </a>
          {model.digest === null ? null : (
            <a class="button" href={paths.registerForm(model.id)} download="">
              {t.form}
            </a>
          )}
        </PageHead>
        <Facts
          facts={[
            { term: t.facts.kind, value: <Kind model={model} /> },
            { term: t.facts.items, value: f.number(model.itemCount) },
            { term: t.facts.place, value: model.place },
            { term: t.facts.rules, value: model.rules },
            { term: t.facts.round, value: model.round > 1 ? f.number(model.round) : null },
            { term: t.facts.after, value: model.executeAfter === null ? null : <When at={model.executeAfter} /> },
            { term: t.facts.endReason, value: model.endReason },
            { term: t.facts.digest, value: model.digest === null ? null : <Copyable text={model.digest} /> },
          ]}
        />
        <div class="columns">
          <History lines={model.timeline} />
          <People model={model} />
        </div>
        {model.may.answer === null ? null : <Answer model={model} step={model.may.answer} />}
        <Acts model={model} />
        <RegisterItems items={model.items} paging={model.paging} form={picks ? PICK : null} />
        <Receipts receipts={model.receipts} />
        {model.may.stop ? <Stop model={model} /> : null}
      </div>
    ),
  };
};

function Kind({ model: { kind, request } }: { model: RegisterModel }) {
  const { p } = useView();
  const name = p.pages.disposition.registers.kinds[kind];
  if (request === null) return <>{name}</>;
  return (
    <>
      {name} ·{' '}
      {request.href === null ? (
        <span class="code">{request.number}</span>
      ) : (
        <a class="code" href={request.href}>
          {request.number}
        </a>
      )}
    </>
  );
}

function History({ lines }: { lines: readonly RegisterEventLine[] }) {
  const { p } = useView();
  return (
    <Section title={p.pages.disposition.register.timeline.title}>
      <Timeline
        items={lines.map(({ at, text, reason, strong, soon }): TimelineItem => ({ at, title: text, text: reason === '' ? null : reason, strong, soon }))}
      />
    </Section>
  );
}

function People({ model }: { model: RegisterModel }) {
  const { p } = useView();
  const t = p.pages.disposition.register;
  return (
    <Section title={t.people.title}>
      <ul class="shelf">
        <li>
          <strong>{model.maker}</strong>
          <span class="sub">{t.people.maker}</span>
        </li>
        {model.people.map((one) => (
          <li key={one.person}>
            <strong>{one.name}</strong>
            <span class="sub">
              {t.offices[one.office]}
              {one.outside ? ` · ${t.outside}` : null}
            </span>
            {model.may.appoint && one.checkedAt === null ? (
              <form method="post" action={paths.registerAct(model.id, 'dismiss')}>
                <input type="hidden" name="personId" value={one.person} />
                <button class="button">{t.appoint.dismiss}</button>
              </form>
            ) : null}
          </li>
        ))}
      </ul>
      {model.may.appoint ? <Appoint model={model} /> : null}
    </Section>
  );
}

function Appoint({ model }: { model: RegisterModel }) {
  const { p } = useView();
  const t = p.pages.disposition.register;
  const executor = model.people.some((one) => one.office === 'executor');
  const supervisors = model.people.filter((one) => one.office === 'supervisor').length;
  const open = [...(executor ? [] : (['executor'] as const)), ...(supervisors < 2 ? (['supervisor'] as const) : [])];
  if (open.length === 0) return null;
  return (
    <>
      <p class="small muted">{t.appoint.lead}</p>
      {open.map((office) =>
        model.candidates[office].length === 0 ? (
          <p key={office} class="muted">
            {t.offices[office]}
            {p.common.colon}
            {t.appoint.none}
          </p>
        ) : (
          <form key={office} class="row" method="post" action={paths.registerAct(model.id, 'appoint')}>
            <input type="hidden" name="office" value={office} />
            <SelectField form={model.form} at={office} name="personId" label={t.offices[office]} options={model.candidates[office]} must />
            <button class="button">{t.appoint.submit}</button>
          </form>
        ),
      )}
    </>
  );
}

function Answer({ model, step }: { model: RegisterModel; step: number }) {
  const { p, say, f } = useView();
  const t = p.pages.disposition.register.answer;
  const digest = model.digest ?? '';
  return (
    <Section title={t.title} id="answer">
      <p>{say(t.lead, { digest: digest.slice(0, 16), count: f.number(model.itemCount), days: model.pauseDays })}</p>
      <form class="stack" id={PICK} method="post" action={paths.registerAct(model.id, 'answer')}>
        <input type="hidden" name="step" value={step} />
        <input type="hidden" name="digest" value={digest} />
        <TextField form={model.form} name="confirm" label={t.confirm} hint={model.number} mono />
        <TextArea form={model.form} name="reason" label={t.reason} rows={2} maxLength={500} />
        <div class="row">
          <button class="button danger solid" name="agree" value="1">
            {t.agree}
          </button>
          <button class="button" name="agree" value="0">
            {t.refuse}
          </button>
          <button class="button" formaction={paths.registerAct(model.id, 'reject-items')}>
            {t.items}
          </button>
        </div>
        <p class="hint">{t.itemsHint}</p>
      </form>
    </Section>
  );
}

function Acts({ model }: { model: RegisterModel }) {
  const { p, say, f } = useView();
  const t = p.pages.disposition.register;
  const { number, id } = model;
  return (
    <div class="row">
      {model.may.prepare ? (
        <>
          <Confirm action={paths.registerAct(id, 'freeze')} open={t.freeze.open} title={say(t.freeze.title, { number })} submit={t.freeze.button}>
            <p>{t.freeze.text}</p>
          </Confirm>
          <form id={PICK} method="post" action={paths.registerAct(id, 'take-out')}>
            <button class="button">{t.takeOut}</button>
          </form>
        </>
      ) : null}
      {model.may.submit ? (
        <Confirm action={paths.registerAct(id, 'submit')} open={t.submit.open} title={say(t.submit.title, { number })} submit={t.submit.button}>
          <p>{t.submit.text}</p>
        </Confirm>
      ) : null}
      {model.may.check ? (
        <Confirm
          action={paths.registerAct(id, 'check')}
          open={t.check.open}
          title={say(t.check.title, { number })}
          submit={t.check.button}
          expected={number}
          hidden={{ digest: model.digest ?? '' }}
          danger
        >
          <p>{say(t.check.text, { digest: (model.digest ?? '').slice(0, 16), count: f.number(model.itemCount) })}</p>
        </Confirm>
      ) : null}
      {model.may.again ? (
        <form method="post" action={paths.registerAct(id, 'again')}>
          <button class="button">{t.again}</button>
        </form>
      ) : null}
    </div>
  );
}

function Stop({ model }: { model: RegisterModel }) {
  const { p } = useView();
  const t = p.pages.disposition.register.stop;
  return (
    <Section title={t.title}>
      <details class="confirm bad" open={model.form.errors.some((one) => one.field === 'stop')}>
        <summary class="button danger">{t.open}</summary>
        <form class="stack" method="post" action={paths.registerAct(model.id, 'stop')}>
          <p>{t.lead}</p>
          <TextArea form={model.form} at="stop" name="stop" label={t.reason} rows={2} maxLength={500} must />
          <button class="button danger solid">{t.submit}</button>
        </form>
      </details>
    </Section>
  );
}
