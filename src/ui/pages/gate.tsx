import type { ErrorCode } from '../../errors/index.js';
import { useView } from '../components/context.js';
import { TextField, type FormState } from '../components/forms.js';
import { Mark } from '../components/icons.js';
import { State, When } from '../components/marks.js';
import { Note } from '../components/notes.js';
import { Table } from '../components/tables.js';
import type { Page, PageOf } from '../page.js';
import { paths } from '../paths.js';
import { textOf, type View } from '../view.js';

function Brand({ line }: { line: string }) {
  const { p } = useView();
  return (
    <div class="gate-brand">
      <Mark size={52} />
      <div>
        <strong>{p.common.product}</strong>
        <span>{line}</span>
      </div>
    </div>
  );
}

export interface SignInModel {
  form: FormState;
  /** A coded refusal, said once and never telling which of the two was wrong. */
  refused?: ErrorCode;
  /** Local path to go to afterwards. */
  next?: string;
  /** Whether people may sign on at a provider too. */
  signOn: boolean;
}

export const signInPage: PageOf<SignInModel> = ({ p }, { form, refused, next, signOn }) => {
  const t = p.pages.gate.signIn;
  return {
    title: t.title,
    shape: 'gate',
    body: (
      <div class="gate-card stack">
        <Brand line={t.lead} />
        <h1>{t.title}</h1>
        {refused ? (
          <Note kind="bad" role="alert">
            <strong>{p.errors[refused].title}</strong>
            <div class="small">{p.errors[refused].todo}</div>
          </Note>
        ) : null}
        <form class="stack" method="post" action={paths.signIn}>
          {next ? <input type="hidden" name="next" value={next} /> : null}
          <TextField form={form} name="username" label={t.username} autocomplete="username" must autofocus />
          <TextField form={form} name="password" type="password" label={t.password} autocomplete="current-password" must />
          <div class="row row-between">
            <button class="button primary large">{t.submit}</button>
            <a href={paths.claim}>{t.haveInvitation}</a>
          </div>
        </form>
        {signOn ? (
          <p class="row">
            <span class="muted">{p.pages.gate.signOn.or}</span>
            <a class="button large" href={next ? `${paths.signOn}?next=${encodeURIComponent(next)}` : paths.signOn}>
              {p.pages.gate.signOn.button}
            </a>
          </p>
        ) : null}
        <p class="small muted">{t.note}</p>
      </div>
    ),
  };
};

export interface ClaimModel {
  form: FormState;
  refused?: ErrorCode;
  /** Known once the code was looked at. */
  role?: string;
  /** The bootstrap asks for a person; a later invitation already has one. */
  askName: boolean;
  passwordMin: number;
}

export const claimPage: PageOf<ClaimModel> = (view, { form, refused, role, askName, passwordMin }) => {
  const { p, say } = view;
  const t = p.pages.gate.claim;
  return {
    title: t.title,
    shape: 'gate',
    body: (
      <div class="gate-card stack">
        <Brand line={t.lead} />
        <h1>{t.title}</h1>
        {role ? <p>{say(t.forRole, { role: textOf(p.access.roles, role) })}</p> : null}
        {refused ? (
          <Note kind="bad" role="alert">
            <strong>{p.errors[refused].title}</strong>
            <div class="small">{p.errors[refused].todo}</div>
          </Note>
        ) : null}
        <form class="stack" method="post" action={paths.claim}>
          <TextField form={form} name="token" label={t.token} must mono autofocus />
          {askName ? <TextField form={form} name="name" label={t.name} autocomplete="name" must /> : null}
          <TextField form={form} name="username" label={t.username} hint={t.usernameHint} autocomplete="username" must={askName} />
          <TextField
            form={form}
            name="password"
            type="password"
            label={t.password}
            hint={say(t.passwordHint, { min: passwordMin })}
            autocomplete="new-password"
            must
          />
          <TextField form={form} name="again" type="password" label={t.again} autocomplete="new-password" must />
          <button class="button primary large">{t.submit}</button>
        </form>
      </div>
    ),
  };
};

export const passwordPage: PageOf<{ form: FormState; username: string; passwordMin: number }> = ({ p, say }, { form, username, passwordMin }) => {
  const t = p.pages.gate.password;
  return {
    title: t.title,
    shape: 'narrow',
    body: (
      <form class="gate-card stack" method="post" action={paths.password}>
        <h1>{t.title}</h1>
        <input class="hidden" type="text" autocomplete="username" value={username} readonly tabindex={-1} aria-hidden="true" />
        <TextField form={form} name="now" type="password" label={t.now} autocomplete="current-password" must />
        <TextField
          form={form}
          name="next"
          type="password"
          label={t.next}
          hint={say(p.pages.gate.claim.passwordHint, { min: passwordMin })}
          autocomplete="new-password"
          must
        />
        <TextField form={form} name="again" type="password" label={t.again} autocomplete="new-password" must />
        <button class="button primary">{t.submit}</button>
      </form>
    ),
  };
};

export interface SetUpModel {
  closed: boolean;
  invitations: readonly { role: string; state: 'waiting' | 'claimed' | 'expired'; at: string }[];
  profile: string;
  /** The duties that different people must fill, and the roles that may. */
  staffing: readonly { duty: string; roles: readonly string[] }[];
  /** Fewest people in all. */
  least: number;
}

export const setUpPage: PageOf<SetUpModel> = (view, model) => {
  const { p, say } = view;
  const t = p.pages.gate.setUp;
  return {
    title: t.title,
    shape: 'gate',
    body: (
      <div class="gate-card wide stack-l">
        <div>
          <Brand line={t.lead} />
          <h1>{t.title}</h1>
          {model.closed ? <Note kind="good">{t.closed}</Note> : <p class="muted">{t.where}</p>}
        </div>
        <ul class="filelist">
          {model.invitations.map((invitation) => (
            <Invitation key={invitation.role} invitation={invitation} view={view} />
          ))}
        </ul>
        {model.closed ? null : (
          <p>
            <a class="button primary" href={paths.claim}>
              {t.claim}
            </a>
          </p>
        )}
        <section class="stack">
          <h2>{say(t.staffing, { profile: model.profile, count: model.least })}</h2>
          <Table
            caption={say(t.staffing, { profile: model.profile, count: model.least })}
            rows={model.staffing}
            id={(row) => row.duty}
            columns={[
              { key: 'duty', head: t.duty, main: true, cell: (row) => row.duty },
              { key: 'roles', head: t.by, cell: (row) => row.roles.map((role) => textOf(p.access.roles, role)).join(' · ') },
            ]}
          />
        </section>
      </div>
    ),
  };
};

function Invitation({ invitation, view }: { invitation: SetUpModel['invitations'][number]; view: View }) {
  const { p, say, f } = view;
  const t = p.pages.gate.setUp;
  const claimed = invitation.state === 'claimed';
  return (
    <li>
      <Mark size={32} />
      <span>
        <strong>{textOf(p.access.roles, invitation.role)}</strong>
        <span class="small muted">
          {' '}
          {invitation.state === 'expired' ? t.expired : say(claimed ? t.claimedAt : t.validUntil, { time: f.dateTime(invitation.at) })}
        </span>
      </span>
      <State tone={claimed ? 'good' : 'warn'} shape={claimed ? 'square' : 'ring'}>
        {claimed ? t.claimed : t.waiting}
      </State>
    </li>
  );
}

export interface ErrorModel {
  code: ErrorCode;
  status: number;
  params?: Record<string, string | number>;
  requestId: string;
  at: string;
  signedIn: boolean;
  /** In a session that is locked to a reading on site: the only way is back. */
  locked?: boolean;
}

/** Says what is wrong and what to do, with a code for support. */
export const errorPage: PageOf<ErrorModel> = ({ p, say }, model): Page => {
  const t = p.pages.gate.error;
  const text = p.errors[model.code];
  return {
    title: text.title,
    shape: model.locked ? 'bare' : model.signedIn ? 'narrow' : 'gate',
    body: (
      <div class="gate-card stack">
        {model.signedIn ? null : <Brand line={p.common.productLong} />}
        <p class="error-code" aria-hidden="true">
          {model.status}
        </p>
        <h1>{text.title}</h1>
        <p>{say(text.todo, model.params)}</p>
        <p class="row">
          {model.locked ? (
            <a class="button primary" href={paths.onSite}>
              {t.onSite}
            </a>
          ) : model.signedIn ? (
            <a class="button primary" href={paths.home}>
              {t.home}
            </a>
          ) : (
            <a class="button primary" href={paths.signIn}>
              {t.signIn}
            </a>
          )}
        </p>
        <div class="small muted">
          <p>{t.forSupport}</p>
          <dl class="facts">
            <dt>{p.ui.errorCode}</dt>
            <dd class="code">{model.code}</dd>
            <dt>{p.ui.requestId}</dt>
            <dd class="code" data-copy={p.ui.copied}>
              {model.requestId}
            </dd>
            <dt>{p.ui.when}</dt>
            <dd>
              <When at={model.at} />
            </dd>
          </dl>
        </div>
      </div>
    ),
  };
};
