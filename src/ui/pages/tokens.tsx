import { SCOPE_NAMES } from '../../access/index.js';
import { useView } from '../components/context.js';
import { Choices, Confirm, SelectField, TextField, type FormState, type Option } from '../components/forms.js';
import { PageHead, State, When } from '../components/marks.js';
import { Empty, Note } from '../components/notes.js';
import { Table } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { textOf } from '../view.js';
import { PeopleTabs, type PeoplePlace } from './people.js';

interface TokenRow {
  id: string;
  name: string;
  scopes: readonly string[];
  department: string;
  expiresAt: string;
  usedAt: string | null;
  state: 'active' | 'revoked' | 'expired';
}

export interface TokensModel {
  places: readonly PeoplePlace[];
  rows: readonly TokenRow[];
  departments: readonly Option[];
  form: FormState;
  maxDays: number;
  /** Shown once, right after it was issued. */
  issued: { secret: string; until: string } | null;
}

export const tokensPage: PageOf<TokensModel> = ({ p, say, f }, model) => {
  const t = p.pages.tokens;
  return {
    title: p.accounts.token.title,
    section: 'people',
    body: (
      <>
        <PageHead title={p.accounts.token.title} lead={t.lead} />
        <PeopleTabs places={model.places} here="tokens" />
        <div class="stack">
          {model.issued ? (
            <Note kind="good" role="status">
              <strong>{t.secret}</strong>
              <span class="token">{model.issued.secret}</span>
              <p>{say(t.secretLead, { time: f.dateTime(model.issued.until) })}</p>
            </Note>
          ) : null}
          <NewToken model={model} />
          {model.rows.length === 0 ? <Empty title={p.accounts.token.empty} /> : <List rows={model.rows} />}
        </div>
      </>
    ),
  };
};

function NewToken({ model }: { model: TokensModel }) {
  const { p } = useView();
  const t = p.pages.tokens;
  const { form } = model;
  return (
    <details class="confirm" data-confirm="" open={form.errors.length > 0}>
      <summary class="button primary">{t.new}</summary>
      <form class="stack" method="post" action={paths.tokens}>
        <div class="grid">
          <TextField form={form} name="name" label={t.form.name} hint={t.form.nameHint} must maxLength={100} />
          <SelectField
            form={form}
            name="department"
            label={t.form.department}
            hint={t.form.departmentHint}
            options={model.departments}
            blank={p.accounts.people.noDepartment}
          />
          <TextField form={form} name="days" type="number" label={t.form.days} must />
          <Choices form={form} name="scopes" label={t.form.scopes} many must options={SCOPE_NAMES.map((value) => ({ value, text: p.access.scopes[value] }))} />
        </div>
        <button class="button primary">{t.form.submit}</button>
      </form>
    </details>
  );
}

const MARKS = { active: ['good', 'square'], revoked: ['plain', 'cross'], expired: ['warn', 'dash'] } as const;

function List({ rows }: { rows: readonly TokenRow[] }) {
  const { p } = useView();
  const t = p.pages.tokens;
  return (
    <Table
      caption={p.accounts.token.title}
      rows={rows}
      id={(row) => row.id}
      columns={[
        { key: 'name', head: t.columns.name, main: true, cell: (row) => row.name },
        { key: 'scopes', head: t.columns.scopes, cell: (row) => row.scopes.map((scope) => textOf(p.access.scopes, scope)).join(' · ') },
        { key: 'department', head: t.columns.department, cell: (row) => row.department },
        { key: 'expires', head: t.columns.expires, cell: (row) => <When at={row.expiresAt} day /> },
        { key: 'used', head: t.columns.used, cell: (row) => (row.usedAt ? <When at={row.usedAt} relative /> : t.never) },
        {
          key: 'state',
          head: t.columns.state,
          cell: (row) => (
            <State tone={MARKS[row.state][0]} shape={MARKS[row.state][1]}>
              {t.states[row.state]}
            </State>
          ),
        },
        {
          key: 'acts',
          head: p.ui.more,
          cell: (row) =>
            row.state !== 'revoked' && (
              <Confirm action={paths.revokeToken(row.id)} open={t.revoke} title={`${t.revoke} · ${row.name}`} submit={t.revoke} danger>
                {t.revokeLead}
              </Confirm>
            ),
        },
      ]}
    />
  );
}
