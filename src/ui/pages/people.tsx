import { PERSON_ROLES } from '../../access/index.js';
import type { AllPhrases } from '../../phrases/index.js';
import { useView } from '../components/context.js';
import { Confirm, ErrorSummary, fieldLabel, SelectField, TextField, type FormState, type Option } from '../components/forms.js';
import { Crumbs, Facts, PageHead, Section, State, When } from '../components/marks.js';
import { Empty, Note } from '../components/notes.js';
import { FilterChips, Pager, Table, type FilterChip, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { textOf } from '../view.js';

export type AccountState = keyof AllPhrases['pages']['people']['states'];

export interface PeopleModel {
  rows: readonly {
    id: string;
    name: string;
    department: string;
    accounts: readonly string[];
    roles: readonly { role: string; confirmed: boolean }[];
    lastSeenAt: string | null;
    state: AccountState;
  }[];
  paging: Paging;
  chips: readonly FilterChip[];
  filters: FormState;
  departments: readonly Option[];
  mayCreate: boolean;
  form: FormState;
}

function AccountMark({ state }: { state: AccountState }) {
  const { p } = useView();
  const marks = {
    active: ['good', 'square'],
    invited: ['warn', 'ring'],
    disabled: ['plain', 'cross'],
    asleep: ['plain', 'dash'],
    locked: ['bad', 'triangle'],
  } as const;
  const [tone, shape] = marks[state];
  return (
    <State tone={tone} shape={shape}>
      {p.pages.people.states[state]}
    </State>
  );
}

function RoleChip({ role, confirmed }: { role: string; confirmed: boolean }) {
  const { p } = useView();
  return (
    <span class="chip">
      <b>{textOf(p.access.roles, role)}</b>
      {confirmed ? null : (
        <State tone="warn" shape="ring">
          {p.pages.people.roles.waiting}
        </State>
      )}
    </span>
  );
}

export const peoplePage: PageOf<PeopleModel> = (view, model) => {
  const { p } = view;
  const t = p.pages.people;
  return {
    title: t.title,
    section: 'people',
    body: (
      <>
        <PageHead title={t.title} lead={t.lead} />
        <div class="stack">
          {model.mayCreate ? <NewPerson model={model} /> : null}
          <form class="filters" method="get" action={paths.people}>
            <TextField form={model.filters} name="name" label={t.filters.name} at="filter" />
            <SelectField
              form={model.filters}
              name="role"
              label={t.filters.role}
              at="filter"
              blank={p.ui.any}
              options={PERSON_ROLES.map((value) => ({ value, text: p.access.roles[value] }))}
            />
            <SelectField
              form={model.filters}
              name="state"
              label={t.filters.state}
              at="filter"
              blank={p.ui.any}
              options={Object.entries(t.states).map(([value, text]) => ({ value, text }))}
            />
            <button class="button">{p.ui.filter}</button>
          </form>
          <FilterChips chips={model.chips} clear={paths.people} />
          {model.rows.length === 0 ? (
            <Empty title={t.none.title}>{t.none.text}</Empty>
          ) : (
            <>
              <Table
                caption={t.title}
                rows={model.rows}
                id={(row) => row.id}
                columns={[
                  {
                    key: 'name',
                    head: t.columns.name,
                    main: true,
                    cell: (row) => (
                      <a href={paths.person(row.id)}>
                        <strong>{row.name}</strong>
                      </a>
                    ),
                  },
                  { key: 'department', head: t.columns.department, cell: (row) => row.department },
                  { key: 'accounts', head: t.columns.accounts, cell: (row) => <span class="code">{row.accounts.join(' · ')}</span> },
                  {
                    key: 'roles',
                    head: t.columns.roles,
                    cell: (row) =>
                      row.roles.length > 0 && (
                        <span class="chips">
                          {row.roles.map((one) => (
                            <RoleChip key={one.role} {...one} />
                          ))}
                        </span>
                      ),
                  },
                  { key: 'lastSeen', head: t.columns.lastSeen, cell: (row) => row.lastSeenAt && <When at={row.lastSeenAt} relative /> },
                  { key: 'state', head: t.columns.state, cell: (row) => <AccountMark state={row.state} /> },
                ]}
              />
              <Pager paging={model.paging} />
            </>
          )}
        </div>
      </>
    ),
  };
};

function NewPerson({ model }: { model: PeopleModel }) {
  const { p } = useView();
  const t = p.pages.people;
  return (
    <details class="confirm" data-confirm="" open={model.form.errors.length > 0}>
      <summary class="button primary">{t.new}</summary>
      <form class="stack" method="post" action={paths.people}>
        <div class="grid">
          <TextField form={model.form} name="name" label={t.form.name} must maxLength={100} />
          <SelectField form={model.form} name="department" label={t.form.department} options={model.departments} blank="—" />
          <TextField form={model.form} name="number" label={t.form.number} maxLength={64} />
        </div>
        <button class="button primary">{t.form.submit}</button>
      </form>
    </details>
  );
}

export interface PersonModel {
  id: string;
  name: string;
  department: string;
  departmentCode: string;
  number: string | null;
  accounts: readonly { id: string; username: string; state: AccountState; lastSeenAt: string | null }[];
  roles: readonly { id: string; role: string; account: string; confirmed: boolean; givenBy: string | null; mayConfirm: boolean; mayTake: boolean }[];
  sessions: readonly { id: string; startedAt: string; usedAt: string; here: boolean }[] | null;
  /** Shown once, right after it was made. */
  invitation: { token: string; until: string } | null;
  mayManageAccounts: boolean;
  mayGiveRoles: boolean;
  givable: readonly Option[];
  form: FormState;
}

export const personPage: PageOf<PersonModel> = (view, model) => {
  const { p, say, f } = view;
  const t = p.pages.people;
  return {
    title: model.name,
    section: 'people',
    body: (
      <div class="stack-l">
        <div>
          <Crumbs crumbs={[{ text: t.title, href: paths.people }, { text: model.name }]} />
          <PageHead title={model.name} lead={[model.department, model.number].filter(Boolean).join(' · ')} />
          <ErrorSummary form={model.form} labels={(path) => fieldLabel(view, path)} />
          {model.invitation ? (
            <Note kind="good" role="status">
              <strong>{t.account.invitation}</strong>
              <span class="token">{model.invitation.token}</span>
              <p>{say(t.account.invitationLead, { time: f.dateTime(model.invitation.until) })}</p>
            </Note>
          ) : null}
        </div>
        <div class="columns columns-even">
          <Roles model={model} />
          <Accounts model={model} />
        </div>
        {model.sessions === null ? null : <Sessions model={model} sessions={model.sessions} />}
      </div>
    ),
  };
};

function Roles({ model }: { model: PersonModel }) {
  const { p, say } = useView();
  const t = p.pages.people.roles;
  const act = (name: string): string => paths.personAct(model.id, name);
  return (
    <Section title={t.title}>
      <div class="stack">
        {model.roles.length === 0 ? <p class="muted">{t.none}</p> : null}
        <ul class="shelf">
          {model.roles.map((role) => (
            <li key={role.id}>
              <RoleChip role={role.role} confirmed={role.confirmed} />
              <span class="row">
                {role.mayConfirm ? (
                  <form class="row" method="post" action={act('confirm-role')}>
                    <input type="hidden" name="role" value={role.id} />
                    <button class="button primary" name="agree" value="yes">
                      {t.confirm}
                    </button>
                    <button class="button" name="agree" value="no">
                      {t.refuse}
                    </button>
                  </form>
                ) : null}
                {role.mayTake ? (
                  <Confirm
                    action={act('take-role')}
                    open={t.take}
                    title={`${t.take} · ${textOf(p.access.roles, role.role)}`}
                    submit={t.take}
                    hidden={{ role: role.id }}
                    danger
                  >
                    {t.takeLead}
                  </Confirm>
                ) : null}
              </span>
              <span class="sub">
                <span class="code">{role.account}</span>
                {role.givenBy === null ? '' : ` · ${say(t.given, { by: role.givenBy })}`}
              </span>
            </li>
          ))}
        </ul>
        {model.mayGiveRoles ? (
          <form class="filters" method="post" action={act('give-role')}>
            <SelectField form={model.form} name="role" label={t.role} options={model.givable} blank="—" must />
            <button class="button primary">{t.submit}</button>
          </form>
        ) : null}
        {model.mayGiveRoles ? <p class="small muted">{t.exclusive}</p> : null}
      </div>
    </Section>
  );
}

function Accounts({ model }: { model: PersonModel }) {
  const { p } = useView();
  const t = p.pages.people.account;
  const act = (name: string): string => paths.personAct(model.id, name);
  return (
    <Section title={t.title}>
      <div class="stack">
        <ul class="shelf">
          {model.accounts.map((account) => (
            <li key={account.id}>
              <strong class="code">{account.username}</strong>
              <AccountMark state={account.state} />
              <span class="sub">{account.lastSeenAt ? <When at={account.lastSeenAt} /> : t.never}</span>
              {model.mayManageAccounts ? (
                <span class="row">
                  <Confirm action={act('renew')} open={t.renew} title={`${t.renew} · ${account.username}`} submit={t.renew} hidden={{ account: account.id }}>
                    {t.renewLead}
                  </Confirm>
                  {account.state === 'disabled' || account.state === 'asleep' ? (
                    <form method="post" action={act('enable')}>
                      <input type="hidden" name="account" value={account.id} />
                      <button class="button">{t.enable}</button>
                    </form>
                  ) : (
                    <Confirm
                      action={act('disable')}
                      open={t.disable}
                      title={`${t.disable} · ${account.username}`}
                      expected={account.username}
                      submit={t.disable}
                      hidden={{ account: account.id }}
                      danger
                    >
                      {t.disableLead}
                    </Confirm>
                  )}
                </span>
              ) : null}
            </li>
          ))}
        </ul>
        {model.mayManageAccounts ? (
          <form class="filters" method="post" action={act('account')}>
            <TextField form={model.form} name="username" label={t.username} hint={p.pages.gate.claim.usernameHint} must mono />
            <button class="button">{t.submit}</button>
          </form>
        ) : null}
      </div>
    </Section>
  );
}

function Sessions({ model, sessions }: { model: PersonModel; sessions: NonNullable<PersonModel['sessions']> }) {
  const { p } = useView();
  const t = p.pages.people.sessions;
  return (
    <Section
      title={t.title}
      aside={
        sessions.length > 0 ? (
          <Confirm action={paths.personAct(model.id, 'end-sessions')} open={t.end} title={t.end} submit={t.end} danger>
            {t.endLead}
          </Confirm>
        ) : null
      }
    >
      {sessions.length === 0 ? (
        <p class="muted">{t.none}</p>
      ) : (
        <ul class="shelf">
          {sessions.map((session) => (
            <li key={session.id}>
              <Facts
                facts={[
                  { term: t.started, value: <When at={session.startedAt} /> },
                  { term: t.used, value: <When at={session.usedAt} relative /> },
                ]}
              />
              <span class="small">{session.here ? t.here : ''}</span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
