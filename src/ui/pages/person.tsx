import { useView } from '../components/context.js';
import { Confirm, EMPTY_FORM, SelectField, TextField, type FormState, type Option } from '../components/forms.js';
import { Crumbs, Facts, PageHead, Section, When } from '../components/marks.js';
import { Note } from '../components/notes.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { textOf } from '../view.js';
import { AccountMark, RoleChip, RoleDecision, Unseen, type AccountState } from './people.js';

interface Deed {
  by: string | null;
  at: string;
}

export interface PersonRole {
  id: string;
  role: string;
  username: string;
  state: 'proposed' | 'active' | 'refused' | 'taken';
  given: Deed;
  decided: Deed | null;
  taken: Deed | null;
  /** Waits for the audit administrator to see it. */
  unseen: boolean;
  mayConfirm: boolean;
  mayTake: boolean;
}

export interface PersonModel {
  id: string;
  name: string;
  department: string;
  departmentCode: string;
  pseudonym: string;
  leftAt: string | null;
  accounts: readonly { id: string; username: string; state: AccountState; lastSeenAt: string | null }[];
  roles: readonly PersonRole[];
  sessions: readonly { id: string; username: string; startedAt: string; usedAt: string; here: boolean }[] | null;
  /** Shown once, right after it was made. */
  invitation: { token: string; until: string; needsSecond: boolean } | null;
  mayChange: boolean;
  mayManageAccounts: boolean;
  mayGiveRoles: boolean;
  givable: readonly Option[];
  departments: readonly Option[];
  /** The form that was refused, and which of the page's forms it is. */
  refused: { at: string; form: FormState } | null;
}

const formAt = (model: PersonModel, at: string): FormState => (model.refused?.at === at ? model.refused.form : EMPTY_FORM);

export const personPage: PageOf<PersonModel> = (view, model) => {
  const { p, say, f } = view;
  const t = p.pages.people;
  const invitation = p.accounts.invitation;
  return {
    title: model.name,
    section: 'people',
    body: (
      <div class="stack-l">
        <div>
          <Crumbs crumbs={[{ text: t.title, href: paths.people }, { text: model.name }]} />
          <PageHead title={model.name} lead={model.department}>
            {model.leftAt === null ? null : <strong>{say(t.leave.left, { time: f.date(model.leftAt) })}</strong>}
          </PageHead>
          {model.invitation ? (
            <Note kind="good" role="status">
              <strong>{t.account.invitation}</strong>
              <span class="token">{model.invitation.token}</span>
              <p>{say(t.account.invitationLead, { time: f.dateTime(model.invitation.until) })}</p>
              {model.invitation.needsSecond ? <p>{invitation.needsSecond}</p> : null}
            </Note>
          ) : null}
        </div>
        <div class="columns columns-even">
          <Roles model={model} />
          <Accounts model={model} />
        </div>
        {model.sessions === null ? null : <Sessions model={model} sessions={model.sessions} />}
        <Facts facts={[{ term: p.accounts.people.pseudonym, value: <span class="code">{model.pseudonym}</span> }]} />
        {model.mayChange && model.leftAt === null ? <Keeping model={model} /> : null}
      </div>
    ),
  };
};

function deedText(view: Pick<ReturnType<typeof useView>, 'p' | 'say' | 'f'>, role: PersonRole): string {
  const { p, say, f } = view;
  const t = p.pages.people.roles;
  const fill = (text: string, deed: Deed): string => say(text, { by: deed.by ?? p.audit.actors.system, time: f.dateTime(deed.at) });
  const parts = [role.given.by === null ? fill(t.first, role.given) : fill(t.given, role.given)];
  if (role.decided) parts.push(fill(role.state === 'refused' ? t.refused : t.confirmed, role.decided));
  if (role.taken) parts.push(fill(t.taken, role.taken));
  return parts.join(' · ');
}

function Roles({ model }: { model: PersonModel }) {
  const view = useView();
  const { p } = view;
  const t = p.pages.people.roles;
  const now = model.roles.filter(({ state }) => state === 'proposed' || state === 'active');
  const past = model.roles.filter(({ state }) => state === 'refused' || state === 'taken');
  return (
    <Section title={t.title}>
      <div class="stack">
        {now.length === 0 ? <p class="muted">{t.none}</p> : null}
        <ul class="shelf">
          {now.map((role) => (
            <RoleRow key={role.id} model={model} role={role} />
          ))}
        </ul>
        {model.mayGiveRoles ? <GiveRole model={model} /> : null}
        {past.length === 0 ? null : (
          <details class="more">
            <summary>{t.history}</summary>
            <ul class="shelf">
              {past.map((role) => (
                <li key={role.id}>
                  <span>{textOf(p.access.roles, role.role)}</span>
                  <span class="sub">{deedText(view, role)}</span>
                </li>
              ))}
            </ul>
          </details>
        )}
      </div>
    </Section>
  );
}

function RoleRow({ model, role }: { model: PersonModel; role: PersonRole }) {
  const view = useView();
  const { p } = view;
  const t = p.pages.people.roles;
  const title = `${t.take} · ${textOf(p.access.roles, role.role)}`;
  return (
    <li>
      <span class="row">
        <RoleChip role={role.role} confirmed={role.state === 'active'} />
        {model.accounts.length > 1 ? <span class="code small">{role.username}</span> : null}
      </span>
      <span class="row">
        {role.unseen ? <Unseen /> : role.mayConfirm ? <RoleDecision grant={role.id} back={paths.personAct(model.id, 'confirm-role')} /> : null}
      </span>
      <span class="sub">{deedText(view, role)}</span>
      {role.mayTake ? (
        <Confirm action={paths.personAct(model.id, 'take-role')} open={t.take} title={title} submit={t.take} hidden={{ role: role.id }} danger>
          {t.takeLead}
        </Confirm>
      ) : null}
    </li>
  );
}

function GiveRole({ model }: { model: PersonModel }) {
  const { p } = useView();
  const t = p.pages.people.roles;
  const form = formAt(model, 'give-role');
  const open = model.accounts.filter(({ state }) => state !== 'disabled');
  if (open.length === 0) return <p class="small muted">{p.pages.people.account.none}</p>;
  return (
    <>
      <form class="filters" method="post" action={paths.personAct(model.id, 'give-role')}>
        <SelectField form={form} name="role" label={t.role} options={model.givable} blank="—" must />
        {open.length > 1 ? (
          <SelectField form={form} name="account" label={t.account} options={open.map(({ id, username }) => ({ value: id, text: username }))} must />
        ) : (
          <input type="hidden" name="account" value={open[0]?.id} />
        )}
        <button class="button primary">{t.submit}</button>
      </form>
      <p class="small muted">{t.exclusive}</p>
    </>
  );
}

function Accounts({ model }: { model: PersonModel }) {
  const { p } = useView();
  const t = p.pages.people.account;
  return (
    <Section title={t.title}>
      <div class="stack">
        {model.accounts.length === 0 ? <p class="muted">{t.none}</p> : null}
        <ul class="shelf">
          {model.accounts.map((account) => (
            <li key={account.id}>
              <strong class="code">{account.username}</strong>
              <AccountMark state={account.state} />
              <span class="sub">{account.lastSeenAt ? <When at={account.lastSeenAt} /> : t.never}</span>
              {model.mayManageAccounts && model.leftAt === null ? <AccountActs model={model} account={account} /> : null}
            </li>
          ))}
        </ul>
        {model.mayManageAccounts && model.leftAt === null ? (
          <details class="confirm" data-confirm="" open={model.accounts.length === 0 || formAt(model, 'account').errors.length > 0}>
            <summary class="button">{t.new}</summary>
            <form class="stack" method="post" action={paths.personAct(model.id, 'account')}>
              <TextField form={formAt(model, 'account')} name="username" label={t.username} hint={p.pages.gate.claim.usernameHint} maxLength={40} must mono />
              <div>
                <button class="button primary">{t.submit}</button>
              </div>
            </form>
          </details>
        ) : null}
      </div>
    </Section>
  );
}

function AccountActs({ model, account }: { model: PersonModel; account: PersonModel['accounts'][number] }) {
  const { p } = useView();
  const t = p.pages.people.account;
  const act = (name: string): string => paths.personAct(model.id, name);
  const hidden = { account: account.id };
  return (
    <div class="row acts">
      {account.state === 'locked' ? (
        <form method="post" action={act('unlock')}>
          <input type="hidden" name="account" value={account.id} />
          <button class="button">{t.unlock}</button>
        </form>
      ) : null}
      <Confirm action={act('renew')} open={t.renew} title={`${t.renew} · ${account.username}`} submit={t.renew} hidden={hidden}>
        {t.renewLead}
      </Confirm>
      {account.state === 'disabled' ? null : (
        <Confirm
          action={act('reset-factor')}
          open={p.pages.factor.reset.open}
          title={`${p.pages.factor.reset.open} · ${account.username}`}
          submit={p.pages.factor.reset.open}
          hidden={hidden}
          danger
        >
          {p.pages.factor.reset.lead}
        </Confirm>
      )}
      {account.state === 'disabled' ? null : (
        <Confirm
          action={act('disable')}
          open={t.disable}
          title={`${t.disable} · ${account.username}`}
          expected={account.username}
          submit={t.disable}
          hidden={hidden}
          form={formAt(model, `disable:${account.id}`)}
          danger
        >
          {t.disableLead}
        </Confirm>
      )}
    </div>
  );
}

function Sessions({ model, sessions }: { model: PersonModel; sessions: NonNullable<PersonModel['sessions']> }) {
  const { p } = useView();
  const t = p.pages.people.sessions;
  return (
    <Section title={t.title}>
      <div class="stack">
        {sessions.length === 0 ? (
          <p class="muted">{t.none}</p>
        ) : (
          <ul class="shelf">
            {sessions.map((session) => (
              <li key={session.id}>
                <span>
                  <span class="code">{session.username}</span> {t.started} <When at={session.startedAt} />
                </span>
                <span class="small muted">{session.here ? t.here : ''}</span>
                <span class="sub">
                  {t.used} <When at={session.usedAt} relative />
                </span>
              </li>
            ))}
          </ul>
        )}
        {sessions.length > 0 ? (
          <Confirm action={paths.personAct(model.id, 'end-sessions')} open={t.end} title={t.end} submit={t.end} danger>
            {t.endLead}
          </Confirm>
        ) : null}
      </div>
    </Section>
  );
}

function Keeping({ model }: { model: PersonModel }) {
  const { p } = useView();
  const t = p.pages.people;
  const form = formAt(model, 'change');
  const shown = form === EMPTY_FORM ? { values: { name: model.name, department: model.departmentCode }, errors: [] } : form;
  return (
    <div class="row acts">
      <Confirm action={paths.personAct(model.id, 'change')} open={t.change.open} title={t.change.title} submit={t.change.submit} form={shown}>
        <p class="small muted">{t.change.lead}</p>
        <div class="grid">
          <TextField form={shown} at="change" name="name" label={t.form.name} must maxLength={100} />
          <SelectField
            form={shown}
            at="change"
            name="department"
            label={t.form.department}
            options={model.departments}
            blank={p.accounts.people.noDepartment}
          />
        </div>
      </Confirm>
      <Confirm
        action={paths.personAct(model.id, 'leave')}
        open={t.leave.open}
        title={`${t.leave.open} · ${model.name}`}
        expected={model.name}
        submit={t.leave.submit}
        form={formAt(model, 'leave')}
        danger
      >
        {t.leave.lead}
      </Confirm>
    </div>
  );
}
