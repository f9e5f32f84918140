import type { DisclosureBasis } from '../../classification/index.js';
import type { Disclosed, PrivacyRequest } from '../../privacy/index.js';
import type { Restriction } from '../../records/index.js';
import { useView } from '../components/context.js';
import { optionsOf, SelectField, TextArea, TextField, type FormState } from '../components/forms.js';
import { PageHead, State, Tabs, When } from '../components/marks.js';
import { Empty } from '../components/notes.js';
import { Pager, Table, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

type Place = 'requests' | 'overdue' | 'restrictions' | 'disclosures';

/** The places of clients' personal data that the viewer may enter. */
export function PrivacyTabs({ here, places }: { here: Place; places: readonly Place[] }) {
  const { p } = useView();
  const t = p.pages.privacy.tabs;
  const hrefs = { requests: paths.privacy, overdue: `${paths.privacy}?overdue=1`, restrictions: paths.restrictions, disclosures: paths.disclosures };
  return <Tabs label={t.label} tabs={places.map((place) => ({ text: t[place], href: hrefs[place], here: place === here }))} />;
}

export interface PrivacyListModel {
  places: readonly Place[];
  overdue: boolean;
  rows: readonly (PrivacyRequest & { by: string })[];
  paging: Paging;
  mayRegister: boolean;
  form: FormState;
}

/** How many days are left, in a word, a colour and a shape. */
export function DueMark({ row }: { row: Pick<PrivacyRequest, 'due' | 'left'> }) {
  const { p, say } = useView();
  const t = p.pages.privacy;
  if (row.left === null) return <span>{row.due}</span>;
  return (
    <>
      <span>{row.due}</span>{' '}
      <State tone={row.left < 0 ? 'bad' : 'plain'} shape={row.left < 0 ? 'cross' : 'dash'}>
        {say(row.left < 0 ? t.overdue : t.left, { days: Math.abs(row.left) })}
      </State>
    </>
  );
}

export const privacyListPage: PageOf<PrivacyListModel> = ({ p }, model) => {
  const t = p.pages.privacy;
  return {
    title: t.title,
    section: 'privacy',
    body: (
      <>
        <PageHead title={t.title} lead={t.lead} />
        <PrivacyTabs here={model.overdue ? 'overdue' : 'requests'} places={model.places} />
        <div class="stack">
          {model.mayRegister ? <Register form={model.form} /> : null}
          {model.rows.length === 0 ? (
            <Empty title={t.none.title}>{t.none.text}</Empty>
          ) : (
            <>
              <Table
                caption={t.title}
                rows={model.rows}
                id={(row) => row.id}
                columns={[
                  { key: 'number', head: t.columns.number, main: true, cell: (row) => <a href={paths.privacyRequest(row.id)}>{row.number}</a> },
                  { key: 'kind', head: t.columns.kind, cell: (row) => p.privacy.kinds[row.kind] },
                  { key: 'client', head: t.columns.client, cell: (row) => <span class="code">{row.client}</span> },
                  { key: 'state', head: t.columns.state, cell: (row) => p.privacy.states[row.state] },
                  { key: 'due', head: t.columns.due, cell: (row) => <DueMark row={row} /> },
                  { key: 'received', head: t.columns.received, cell: (row) => <When at={row.receivedAt} day /> },
                  { key: 'by', head: t.columns.by, cell: (row) => row.by },
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

function Register({ form }: { form: FormState }) {
  const { p } = useView();
  const t = p.pages.privacy.new;
  return (
    <details class="confirm" data-confirm="" open={form.errors.length > 0}>
      <summary class="button primary">{t.title}</summary>
      <form class="stack" method="post" action={paths.privacy}>
        <div class="grid">
          <SelectField form={form} name="kind" label={t.kind} must options={optionsOf(p.privacy.kinds)} />
          <SelectField form={form} name="channel" label={t.channel} must options={optionsOf(p.values.channel)} />
          <TextField form={form} name="client" label={t.client} must mono maxLength={64} />
          <TextField form={form} name="receivedOn" label={t.receivedOn} hint={t.receivedHint} type="date" />
          <TextField form={form} name="name" label={t.name} must maxLength={200} />
          <TextField form={form} name="contact" label={t.contact} maxLength={300} />
        </div>
        <TextArea form={form} name="asked" label={t.asked} must maxLength={4000} />
        <button class="button primary">{t.submit}</button>
      </form>
    </details>
  );
}

export interface RestrictionsModel {
  places: readonly Place[];
  rows: readonly (Restriction & { by: string })[];
  paging: Paging;
}

/** Restrictions, newest first. */
export const restrictionsPage: PageOf<RestrictionsModel> = ({ p, say }, model) => {
  const t = p.pages.privacy;
  const c = t.restriction.columns;
  return {
    title: t.tabs.restrictions,
    section: 'privacy',
    body: (
      <>
        <PageHead title={t.tabs.restrictions} lead={t.restriction.lead} />
        <PrivacyTabs here="restrictions" places={model.places} />
        {model.rows.length === 0 ? (
          <Empty title={t.restriction.none.title}>{t.restriction.none.text}</Empty>
        ) : (
          <>
            <Table
              caption={t.tabs.restrictions}
              rows={model.rows}
              id={(row) => row.id}
              columns={[
                {
                  key: 'what',
                  head: c.what,
                  main: true,
                  cell: (row) => (
                    <a href={paths.restriction(row.id)}>{row.client === null ? t.restriction.named : say(t.restriction.client, { client: row.client })}</a>
                  ),
                },
                { key: 'ground', head: c.ground, cell: (row) => p.values.restrictionGround[row.ground] },
                { key: 'state', head: c.state, cell: (row) => p.values.restrictionState[row.state] },
                { key: 'records', head: c.records, number: true, cell: (row) => row.records },
                { key: 'by', head: c.by, cell: (row) => row.by },
                { key: 'at', head: c.at, cell: (row) => <When at={row.proposedAt} /> },
              ]}
            />
            <Pager paging={model.paging} />
          </>
        )}
      </>
    ),
  };
};

export interface DisclosuresModel {
  places: readonly Place[];
  rows: readonly (Disclosed & { byName: string })[];
  paging: Paging;
}

/** The register of disclosures (R103), newest first. */
export const disclosuresPage: PageOf<DisclosuresModel> = ({ p }, model) => {
  const t = p.pages.privacy;
  const c = t.disclosure.columns;
  const kinds: Readonly<Record<string, string>> = t.disclosure.kinds;
  return {
    title: t.tabs.disclosures,
    section: model.places.includes('requests') ? 'privacy' : 'disclosures',
    body: (
      <>
        <PageHead title={t.tabs.disclosures} lead={t.disclosure.lead} />
        <PrivacyTabs here="disclosures" places={model.places} />
        {model.rows.length === 0 ? (
          <Empty title={t.disclosure.none.title}>{t.disclosure.none.text}</Empty>
        ) : (
          <>
            <Table
              caption={t.tabs.disclosures}
              rows={model.rows}
              id={(row) => row.id}
              columns={[
                { key: 'at', head: c.at, main: true, cell: (row) => <When at={row.at} /> },
                { key: 'to', head: c.to, cell: (row) => row.recipient },
                { key: 'basis', head: c.basis, cell: (row) => p.values.disclosureBasis[row.basis as DisclosureBasis] },
                { key: 'reference', head: c.reference, cell: (row) => row.reference },
                { key: 'law', head: c.law, cell: (row) => row.law },
                { key: 'assessment', head: c.assessment, cell: (row) => <span class="code">{row.assessment}</span> },
                { key: 'records', head: c.records, number: true, cell: (row) => row.records },
                { key: 'kind', head: c.kind, cell: (row) => kinds[row.kind] ?? row.kind },
                { key: 'by', head: c.by, cell: (row) => row.byName },
              ]}
            />
            <Pager paging={model.paging} />
          </>
        )}
      </>
    ),
  };
};
