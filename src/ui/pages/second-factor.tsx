import type { ErrorCode } from '../../errors/index.js';
import { useView } from '../components/context.js';
import { Confirm, EMPTY_FORM, TextField, type FormState } from '../components/forms.js';
import { Facts, PageHead, When } from '../components/marks.js';
import { Note } from '../components/notes.js';
import { QrCode } from '../components/qr.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

/** How the own second factor stands. */
export interface FactorState {
  needed: boolean;
  enrolledAt: string | null;
  recoveryLeft: number;
  shown: boolean;
}

/** Few enough codes that new ones should be made. */
const FEW = 3;

function CodeField({ form, label, hint, autofocus = true }: { form: FormState; label: string; hint: string; autofocus?: boolean }) {
  return <TextField form={form} name="code" label={label} hint={hint} autocomplete="one-time-code" must mono autofocus={autofocus} maxLength={40} />;
}

function Next({ next }: { next: string | undefined }) {
  return next === undefined ? null : <input type="hidden" name="next" value={next} />;
}

/** The second factor on the page of one's sessions. */
export function FactorFacts({ state }: { state: FactorState }) {
  const { p, say } = useView();
  const t = p.pages.factor;
  return (
    <Facts
      facts={[
        { term: t.state.factor, value: state.enrolledAt === null ? t.state.none : <When at={state.enrolledAt} /> },
        ...(state.enrolledAt === null ? [] : [{ term: t.state.codes, value: say(t.state.left, { count: state.recoveryLeft }) }]),
        ...(state.enrolledAt === null ? [] : [{ term: t.state.session, value: state.shown ? t.state.shown : t.state.notShown }]),
      ]}
    />
  );
}

/** State, and what can be done about it. */
export const secondFactorPage: PageOf<{ state: FactorState }> = ({ p, say }, { state }) => {
  const t = p.pages.factor;
  return {
    title: t.title,
    shape: 'narrow',
    body: (
      <div class="stack">
        <PageHead title={t.title} lead={t.lead}>
          <a class="button" href={paths.sessions}>
            {p.accounts.session.title}
          </a>
        </PageHead>
        {state.needed && state.enrolledAt === null ? <Note kind="warn">{t.needed}</Note> : null}
        {state.enrolledAt !== null && state.recoveryLeft <= FEW ? <Note kind="warn">{say(t.few, { count: state.recoveryLeft })}</Note> : null}
        <FactorFacts state={state} />
        {state.enrolledAt === null ? (
          <p>
            <a class="button primary" href={paths.enrol}>
              {t.enrol.title}
            </a>
          </p>
        ) : (
          <Keep state={state} />
        )}
      </div>
    ),
  };
};

function Keep({ state }: { state: FactorState }) {
  const { p } = useView();
  const t = p.pages.factor;
  return (
    <div class="stack">
      {state.shown ? null : (
        <p>
          <a class="button primary" href={`${paths.verify}?why=factor&next=${encodeURIComponent(paths.secondFactor)}`}>
            {t.verify.title}
          </a>
        </p>
      )}
      <Confirm action={paths.recoveryCodes} open={t.codes.renew} title={t.codes.renew} submit={t.codes.renew}>
        {t.codes.renewLead}
      </Confirm>
      <Confirm action={paths.enrol} open={t.enrol.again} title={t.enrol.again} submit={t.enrol.begin}>
        {t.enrol.againLead}
      </Confirm>
      {state.needed ? (
        <p class="small muted">{t.remove.needed}</p>
      ) : (
        <Confirm action={paths.removeFactor} open={t.remove.title} title={t.remove.title} submit={t.remove.title} danger>
          {t.remove.lead}
        </Confirm>
      )}
    </div>
  );
}

export interface EnrolModel {
  /** What was begun in this session and waits for its code. */
  enrolment: { secret: string; uri: string; until: string } | null;
  form: FormState;
  refused?: ErrorCode;
  refusedParams?: Record<string, string | number>;
  /** A role needs it: there is no way round. */
  needed: boolean;
  next?: string;
}

export const enrolPage: PageOf<EnrolModel> = ({ p, say, f }, model) => {
  const t = p.pages.factor.enrol;
  const { enrolment } = model;
  return {
    title: t.title,
    shape: 'narrow',
    body: (
      <div class="stack">
        <PageHead title={t.title} lead={model.needed ? t.needed : t.lead} />
        <Refused model={model} />
        {enrolment === null ? (
          <form class="stack" method="post" action={paths.enrol}>
            <Next next={model.next} />
            <ol>
              <li>{t.app}</li>
              <li>{t.scan}</li>
              <li>{t.type}</li>
            </ol>
            <button class="button primary">{t.begin}</button>
          </form>
        ) : (
          <>
            <p>{t.scan}</p>
            <QrCode text={enrolment.uri} label={t.qr} />
            <p>
              {t.orType} <span class="token">{(enrolment.secret.match(/.{1,4}/g) ?? []).join(' ')}</span>
            </p>
            <p>
              <a href={enrolment.uri}>{t.here}</a>
            </p>
            <form class="stack" method="post" action={paths.confirmFactor}>
              <Next next={model.next} />
              <CodeField form={model.form} label={t.code} hint={say(t.until, { time: f.dateTime(enrolment.until) })} />
              <button class="button primary">{t.confirm}</button>
            </form>
          </>
        )}
      </div>
    ),
  };
};

function Refused({ model }: { model: { refused?: ErrorCode; refusedParams?: Record<string, string | number> } }) {
  const { p, say } = useView();
  if (model.refused === undefined) return null;
  const { title, todo } = p.errors[model.refused];
  return (
    <Note kind="bad" role="alert">
      <strong>{title}</strong>
      <div class="small">{say(todo, model.refusedParams)}</div>
    </Note>
  );
}

/** The recovery codes, shown this once: to be printed, or kept as a file. */
export const recoveryCodesPage: PageOf<{ codes: readonly string[]; next: string }> = ({ p }, { codes, next }) => {
  const t = p.pages.factor.codes;
  return {
    title: t.title,
    shape: 'narrow',
    body: (
      <div class="stack">
        <PageHead title={t.title} lead={t.lead} />
        <ul class="recovery-codes">
          {codes.map((code) => (
            <li key={code} class="code">
              {code}
            </li>
          ))}
        </ul>
        <div class="row no-print">
          <form method="post" action={paths.recoveryFile}>
            {codes.map((code) => (
              <input key={code} type="hidden" name="code" value={code} />
            ))}
            <button class="button">{t.download}</button>
          </form>
          <button class="button" type="button" data-print hidden>
            {t.print}
          </button>
          <a class="button primary" href={next}>
            {t.kept}
          </a>
        </div>
      </div>
    ),
  };
};

export interface VerifyModel {
  why: 'factor' | 'recent';
  enrolled: boolean;
  code: FormState;
  password: FormState;
  refused?: ErrorCode;
  refusedParams?: Record<string, string | number>;
  next: string;
}

/** Shows who one is once more: by a code, or for a dangerous act by the password. */
export const verifyPage: PageOf<VerifyModel> = ({ p }, model) => {
  const t = p.pages.factor.verify;
  return {
    title: t.title,
    shape: 'narrow',
    body: (
      <div class="stack">
        <PageHead title={t.title} lead={model.why === 'factor' ? t.factorLead : t.recentLead} />
        <Refused model={model} />
        {model.enrolled ? (
          <form class="stack" method="post" action={paths.verify}>
            <input type="hidden" name="why" value={model.why} />
            <Next next={model.next} />
            <CodeField form={model.code} label={t.code} hint={t.hint} />
            <button class="button primary">{t.submit}</button>
          </form>
        ) : null}
        {model.why === 'recent' ? (
          <form class="stack" method="post" action={paths.verify}>
            <input type="hidden" name="why" value={model.why} />
            <Next next={model.next} />
            <TextField form={model.password} name="password" type="password" label={t.password} autocomplete="current-password" must />
            <button class={model.enrolled ? 'button' : 'button primary'}>{t.passwordSubmit}</button>
          </form>
        ) : null}
      </div>
    ),
  };
};

export interface WaitingFactorReset {
  id: string;
  name: string;
  username: string;
  at: string;
  /** Proposed by the viewer, who cannot be the second person. */
  own: boolean;
}

/** Resets that wait for a second person, each with a yes and a no. */
export function WaitingResets({ resets }: { resets: readonly WaitingFactorReset[] }) {
  const { p, say, f } = useView();
  const t = p.pages.factor.reset;
  if (resets.length === 0) return null;
  return (
    <section class="stack">
      <h2>{t.waiting}</h2>
      <ul class="shelf">
        {resets.map((one) => (
          <li key={one.id}>
            <span>{say(t.one, { name: one.name, username: one.username, time: f.dateTime(one.at) })}</span>
            {one.own ? (
              <span class="small muted">{t.own}</span>
            ) : (
              <span class="row">
                <Confirm action={paths.decideReset(one.id)} open={t.agree} title={t.agree} submit={t.agree} hidden={{ agree: 'yes' }} form={EMPTY_FORM} danger>
                  {t.agreeLead}
                </Confirm>
                <form method="post" action={paths.decideReset(one.id)}>
                  <input type="hidden" name="agree" value="no" />
                  <button class="button">{t.refuse}</button>
                </form>
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
