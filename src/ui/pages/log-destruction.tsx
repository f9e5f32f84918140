import type { LogRegisterView } from '../../disposition/index.js';
import { useView } from '../components/context.js';
import { Confirm, SelectField, TextArea, TextField, type FormState, type Option } from '../components/forms.js';
import { Copyable, Crumbs, Facts, PageHead, Section, When } from '../components/marks.js';
import { Note } from '../components/notes.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { RegisterMark } from './registers.js';

export interface LogDestructionModel {
  one: LogRegisterView;
  /** Names of those who take part, by person. */
  names: ReadonlyMap<string, string>;
  candidates: { executor: readonly Option[]; supervisor: readonly Option[] };
  pauseDays: number;
  form: FormState;
}

/** A register over the entries of a log: what goes exactly, who agreed, what may be done now, how far it is. */
export const logDestructionPage: PageOf<LogDestructionModel> = ({ p, f, say }, model) => {
  const t = p.pages.logTerms;
  const { one } = model;
  const head = t.one.facts;
  return {
    title: one.number,
    section: 'destruction',
    body: (
      <>
        <Crumbs crumbs={[{ text: t.title, href: paths.logTerms }, { text: one.number }]} />
        <PageHead title={one.number} lead={<RegisterMark state={one.state} />}>
          {one.certified ? (
            <a class="button" href={paths.logCertificate(one.id)} download="">
              {t.one.certificate}
            </a>
          ) : null}
        </PageHead>
        <div class="stack-l">
          <Facts
            facts={[
              { term: head.log, value: <span class="code">{one.log}</span> },
              { term: head.entries, value: `${f.number(Number(one.size))} · ${say(t.one.what, { last: f.number(Number(one.size) - 1) })}` },
              { term: head.bundles, value: `${f.number(Number(one.bundles))} · ${say(t.one.range, { last: f.number(Number(one.bundles) - 1) })}` },
              {
                term: head.written,
                value: (
                  <>
                    <When at={one.first} /> – <When at={one.last} />
                  </>
                ),
              },
              { term: head.root, value: <Copyable text={one.root} /> },
              { term: head.until, value: <When at={one.until} day /> },
              { term: head.rule, value: say(t.one.by, { rule: one.rule, schedule: one.schedule }) },
              { term: head.rules, value: one.rules },
              { term: head.after, value: one.executeAfter === null ? null : <When at={one.executeAfter} /> },
              { term: head.endReason, value: one.endReason },
              { term: head.digest, value: <Copyable text={one.digest} /> },
            ]}
          />
          <Answer model={model} />
          <Acts model={model} />
          <div class="columns">
            <People model={model} />
            <Progress one={one} />
          </div>
          {one.may.stop ? <Stop model={model} /> : null}
        </div>
      </>
    ),
  };
};

const nameOf = (names: ReadonlyMap<string, string>, person: string | null): string => (person === null ? '' : (names.get(person) ?? `…${person.slice(-8)}`));

function Answer({ model: { one, form, pauseDays } }: { model: LogDestructionModel }) {
  const { p, say } = useView();
  const t = p.pages.logTerms.one;
  if (one.may.answer === null) return null;
  return (
    <Section title={p.pages.disposition.register.answer.title} id="answer">
      <p>{say(t.answer, { digest: one.digest.slice(0, 16), log: one.log, count: Number(one.size), days: pauseDays })}</p>
      <form class="stack" method="post" action={paths.logDestructionAct(one.id, 'answer')}>
        <input type="hidden" name="step" value={one.may.answer} />
        <input type="hidden" name="digest" value={one.digest} />
        <TextField form={form} name="confirm" label={p.pages.disposition.register.answer.confirm} hint={one.number} mono />
        <TextArea form={form} name="reason" label={t.reason} rows={2} maxLength={500} />
        <div class="row">
          <button class="button danger solid" name="agree" value="1">
            {t.agree}
          </button>
          <button class="button" name="agree" value="0">
            {t.refuse}
          </button>
        </div>
      </form>
    </Section>
  );
}

function Acts({ model: { one, form } }: { model: LogDestructionModel }) {
  const { p, say } = useView();
  const t = p.pages.logTerms.one;
  const register = p.pages.disposition.register;
  const { id, number, log } = one;
  return (
    <>
      {one.may.check ? (
        <Confirm
          action={paths.logDestructionAct(id, 'check')}
          open={register.check.open}
          title={say(register.check.title, { number })}
          submit={register.check.button}
          expected={number}
          hidden={{ digest: one.digest }}
          danger
        >
          <p>{say(t.check, { digest: one.digest.slice(0, 16), log, count: Number(one.size) })}</p>
        </Confirm>
      ) : null}
      {one.may.begin ? (
        <details class="confirm" data-confirm="" open={form.errors.some((each) => each.field === 'confirm')}>
          <summary class="button danger">{t.begin.open}</summary>
          <form class="stack" method="post" action={paths.logDestructionAct(id, 'begin')}>
            <h3>{say(t.begin.title, { log })}</h3>
            <p>{t.begin.text}</p>
            <TextField form={form} name="confirm" label={p.pages.destructions.one.beginNumber} hint={number} must maxLength={40} mono />
            <button class="button danger solid">{t.begin.submit}</button>
          </form>
        </details>
      ) : null}
      {one.may.witness ? (
        <form class="stack" method="post" action={paths.logDestructionAct(id, 'witness')}>
          <p>{t.witness}</p>
          <div>
            <button class="button primary">{t.witnessSubmit}</button>
          </div>
        </form>
      ) : null}
    </>
  );
}

function People({ model }: { model: LogDestructionModel }) {
  const { p, say } = useView();
  const t = p.pages.disposition.register;
  const roles: Readonly<Record<string, string>> = p.access.roles;
  const { one, names } = model;
  return (
    <Section title={t.people.title}>
      <ul class="shelf">
        <li>
          <strong>{nameOf(names, one.madeBy)}</strong>
          <span class="sub">
            {t.people.maker} · <When at={one.madeAt} />
          </span>
        </li>
        {one.approvals.map((step) => {
          const role = roles[step.role] ?? step.role;
          const text = step.state === 'agreed' ? t.timeline.agreed : step.state === 'refused' ? t.timeline.refused : t.timeline.waits;
          return (
            <li key={step.position}>
              <span>{say(text, { role, name: nameOf(names, step.person) })}</span>
              <span class="sub">
                {step.at === null ? null : <When at={step.at} />}
                {step.reason === '' ? null : ` · ${step.reason}`}
              </span>
            </li>
          );
        })}
        {one.appointments.map((each) => (
          <li key={each.person}>
            <strong>{nameOf(names, each.person)}</strong>
            <span class="sub">
              {t.offices[each.office]}
              {each.outside ? ` · ${t.outside}` : null}
              {each.witnessedAt !== null
                ? ` · ${p.pages.destructions.one.witnessed}`
                : each.checkedAt !== null
                  ? ` · ${p.pages.destructions.one.checked}`
                  : null}
            </span>
            {one.may.appoint && each.checkedAt === null ? (
              <form method="post" action={paths.logDestructionAct(one.id, 'dismiss')}>
                <input type="hidden" name="personId" value={each.person} />
                <button class="button">{t.appoint.dismiss}</button>
              </form>
            ) : null}
          </li>
        ))}
      </ul>
      {one.may.appoint ? <Appoint model={model} /> : null}
    </Section>
  );
}

function Appoint({ model: { one, candidates, form } }: { model: LogDestructionModel }) {
  const { p } = useView();
  const t = p.pages.disposition.register;
  const filled = (office: 'executor' | 'supervisor'): number => one.appointments.filter((each) => each.office === office).length;
  const open = (['executor', 'supervisor'] as const).filter((office) => filled(office) < (office === 'executor' ? 1 : 2));
  if (open.length === 0) return null;
  return (
    <>
      <p class="small muted">{t.appoint.lead}</p>
      {open.map((office) =>
        candidates[office].length === 0 ? (
          <p key={office} class="muted">
            {t.offices[office]}
            {p.common.colon}
            {t.appoint.none}
          </p>
        ) : (
          <form key={office} class="row" method="post" action={paths.logDestructionAct(one.id, 'appoint')}>
            <input type="hidden" name="office" value={office} />
            <SelectField form={form} at={office} name="personId" label={t.offices[office]} options={candidates[office]} must />
            <button class="button">{t.appoint.submit}</button>
          </form>
        ),
      )}
    </>
  );
}

function Progress({ one }: { one: LogRegisterView }) {
  const { p, say, f } = useView();
  const t = p.pages.logTerms.one;
  if (one.executingAt === null) return null;
  const { locked, lockedUntil, why, againAt } = one.progress;
  const remains =
    locked === 0 ? t.unlocked : lockedUntil === null ? say(t.lockedHeld, { count: locked }) : say(t.locked, { count: locked, until: f.date(lockedUntil) });
  return (
    <Section title={t.progress}>
      <div class="stack">
        {why === null ? null : (
          <Note kind="bad" role="alert">
            {say(t.stuck, { why, at: againAt === null ? '' : f.dateTime(againAt) })}
          </Note>
        )}
        <Facts
          facts={[
            { term: t.bundlesGone, value: f.number(Number(one.progress.bundlesGone)) },
            { term: t.entriesGone, value: `${f.number(Number(one.progress.entriesGone))} / ${f.number(Number(one.size))}` },
          ]}
        />
        {one.openedAt === null ? null : <Note kind={locked === 0 ? 'good' : 'warn'}>{remains}</Note>}
        {one.certified ? <p class="small muted">{t.certified}</p> : null}
        {one.openedAt === null ? null : <Certificates one={one} />}
      </div>
    </Section>
  );
}

function Certificates({ one }: { one: LogRegisterView }) {
  const { p, say, f } = useView();
  const t = p.pages.logTerms.one.certificates;
  return (
    <>
      <h3>{t.title}</h3>
      {one.certificates.length === 0 ? (
        <p class="muted">{t.none}</p>
      ) : (
        <ul class="shelf">
          {one.certificates.map((each) => (
            <li key={each.kind}>
              <a href={paths.logCertificateDocument(one.id, each.kind)} download="">
                {say(t[each.kind], { number: each.number })}
              </a>
              <span class="sub">{say(t.made, { at: f.date(each.madeAt), size: f.bytes(each.size) })}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Stop({ model: { one, form } }: { model: LogDestructionModel }) {
  const { p } = useView();
  const t = p.pages.disposition.register.stop;
  return (
    <Section title={t.title}>
      <details class="confirm bad" open={form.errors.some((each) => each.field === 'stop')}>
        <summary class="button danger">{t.open}</summary>
        <form class="stack" method="post" action={paths.logDestructionAct(one.id, 'stop')}>
          <p>{p.pages.logTerms.one.stopLead}</p>
          <TextArea form={form} at="stop" name="stop" label={t.reason} rows={2} maxLength={500} must />
          <button class="button danger solid">{t.submit}</button>
        </form>
      </details>
    </Section>
  );
}
