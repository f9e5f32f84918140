import { PERSON_ROLES } from '../../access/index.js';
import type { AllPhrases } from '../../phrases/index.js';
import { useView } from '../components/context.js';
import { Confirm, SelectField, TextField, type FormState, type Option } from '../components/forms.js';
import { PageHead, Section, State, Tabs, When } from '../components/marks.js';
import { Empty } from '../components/notes.js';
import { FilterChips, Pager, Table, type FilterChip, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { textOf } from '../view.js';
import { WaitingResets, type WaitingFactorReset } from './second-factor.js';

export type AccountState = keyof AllPhrases['pages']['people']['states'];
/** States that a list can be asked for; being locked passes by itself and is shown on the person's page only. */
const LISTED_STATES = ['active', 'invited', 'asleep', 'disabled'] as const satisfies readonly AccountState[];

export type PeoplePlace = keyof AllPhrases['pages']['people']['tabs'];

export interface PeopleModel {
  places: readonly PeoplePlace[];
  waiting: {
    roles: readonly { id: string; role: string; name: string; username: string; by: string; at: string; mine: boolean; seen: boolean }[];
    invitations: readonly { id: string; name: string; username: string; until: string }[];
    resets: readonly WaitingFactorReset[];
  };
  rows: readonly {
    id: string;
    name: string;
    department: string;
    accounts: readonly string[];
    roles: readonly { role: string; confirmed: boolean }[];
    lastSeenAt: string | null;
    state: AccountState | null;
  }[];
  paging: Paging;
  chips: readonly FilterChip[];
  filters: FormState;
  departments: readonly Option[];
  mayCreate: boolean;
  form: FormState;
}

/** People, departments and tokens are one place; a role sees its part of it. */
export function PeopleTabs({ places, here }: { places: readonly PeoplePlace[]; here: PeoplePlace }) {
  const { p } = useView();
  if (places.length < 2) return null;
  return <Tabs label={p.pages.people.title} tabs={places.map((place) => ({ text: p.pages.people.tabs[place], href: paths[place], here: place === here }))} />;
}

export function AccountMark({ state }: { state: AccountState }) {
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

export function RoleChip({ role, confirmed }: { role: string; confirmed: boolean }) {
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

export const peoplePage: PageOf<PeopleModel> = ({ p }, model) => {
  const t = p.pages.people;
  return {
    title: t.title,
    section: 'people',
    body: (
      <>
        <PageHead title={t.title} lead={t.lead} />
        <PeopleTabs places={model.places} here="people" />
        <div class="stack">
          <Waiting waiting={model.waiting} />
          <WaitingResets resets={model.waiting.resets} />
          {model.mayCreate ? <NewPerson model={model} /> : null}
          <Filters model={model} />
          <FilterChips chips={model.chips} clear={paths.people} />
          {model.rows.length === 0 ? <Empty title={t.none.title}>{t.none.text}</Empty> : <List model={model} />}
        </div>
      </>
    ),
  };
};

function Filters({ model }: { model: PeopleModel }) {
  const { p } = useView();
  const t = p.pages.people;
  return (
    // Posted: a name must not stand in an address.
    <form class="filters" method="post" action={`${paths.people}/find`}>
      <TextField form={model.filters} name="text" label={t.filters.name} at="filter" maxLength={100} />
      <SelectField form={model.filters} name="department" label={t.columns.department} at="filter" blank={p.ui.any} options={model.departments} />
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
        options={LISTED_STATES.map((value) => ({ value, text: t.states[value] }))}
      />
      <button class="button">{p.ui.filter}</button>
    </form>
  );
}

function List({ model }: { model: PeopleModel }) {
  const { p } = useView();
  const t = p.pages.people;
  return (
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
          { key: 'accounts', head: t.columns.accounts, cell: (row) => row.accounts.length > 0 && <span class="code">{row.accounts.join(' · ')}</span> },
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
          { key: 'state', head: t.columns.state, cell: (row) => row.state && <AccountMark state={row.state} /> },
        ]}
      />
      <Pager paging={model.paging} />
    </>
  );
}

function NewPerson({ model }: { model: PeopleModel }) {
  const { p } = useView();
  const t = p.pages.people;
  return (
    <details class="confirm" data-confirm="" open={model.form.errors.length > 0}>
      <summary class="button primary">{t.new}</summary>
      <form class="stack" method="post" action={paths.people}>
        <div class="grid">
          <TextField form={model.form} name="name" label={t.form.name} must maxLength={100} />
          <SelectField form={model.form} name="department" label={t.form.department} options={model.departments} blank={p.accounts.people.noDepartment} />
        </div>
        <button class="button primary">{t.form.submit}</button>
      </form>
    </details>
  );
}

/** Yes or no of the second person. */
export function RoleDecision({ grant, back }: { grant: string; back: string }) {
  const { p } = useView();
  const t = p.pages.people.roles;
  return (
    <form class="row" method="post" action={back}>
      <input type="hidden" name="role" value={grant} />
      <button class="button primary" name="agree" value="yes">
        {t.confirm}
      </button>
      <button class="button" name="agree" value="no">
        {t.refuse}
      </button>
    </form>
  );
}

/** Nobody can confirm yet: the audit administrator sees it first. */
export function Unseen() {
  const { p } = useView();
  return (
    <State tone="warn" shape="ring">
      {p.pages.changes.unseen}
    </State>
  );
}

function Waiting({ waiting }: { waiting: PeopleModel['waiting'] }) {
  const { p, say, f } = useView();
  const t = p.pages.people.waiting;
  if (waiting.roles.length + waiting.invitations.length === 0) return null;
  return (
    <div class="stack">
      {waiting.roles.length === 0 ? null : (
        <Section title={t.roles}>
          <ul class="shelf">
            {waiting.roles.map((one) => (
              <li key={one.id}>
                <strong>{say(t.role, { role: textOf(p.access.roles, one.role), name: one.name, username: one.username })}</strong>
                {one.seen ? one.mine ? <span /> : <RoleDecision grant={one.id} back={`${paths.people}/confirm-role`} /> : <Unseen />}
                <span class="sub">{say(t.given, { by: one.by, time: f.dateTime(one.at) })}</span>
              </li>
            ))}
          </ul>
          <p class="small muted">{t.lead}</p>
        </Section>
      )}
      {waiting.invitations.length === 0 ? null : (
        <Section title={t.invitations}>
          <ul class="shelf">
            {waiting.invitations.map((one) => (
              <li key={one.id}>
                <span>{say(t.invitation, { name: one.name, username: one.username, time: f.dateTime(one.until) })}</span>
                <Confirm
                  action={paths.confirmInvitation(one.id)}
                  open={p.pages.people.roles.confirm}
                  title={one.username}
                  submit={p.pages.people.roles.confirm}
                >
                  {p.pages.people.account.renewLead}
                </Confirm>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </div>
  );
}
