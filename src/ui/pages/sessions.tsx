import { useView } from '../components/context.js';
import { Confirm } from '../components/forms.js';
import { PageHead, Section, State, When } from '../components/marks.js';
import { Table } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { FactorFacts, type FactorState } from './second-factor.js';

export interface SessionsModel {
  /** The second factor of the account. */
  factor: FactorState;
  /** Devices on which the account was signed in to. */
  devices: readonly { id: string; device: string; firstAt: string; lastAt: string; state: 'current' | 'known' | 'asked'; mayRemove: boolean }[];
  rows: readonly { id: string; device: string; startedAt: string; usedAt: string; here: boolean }[];
}

/** The own sessions, each with a way to end it. */
export const sessionsPage: PageOf<SessionsModel> = ({ p }, model) => {
  const t = p.accounts.session;
  return {
    title: t.title,
    shape: 'narrow',
    body: (
      <div class="stack">
        <PageHead title={t.title} lead={p.pages.sessions.lead}>
          <a class="button" href={paths.password}>
            {p.pages.sessions.password}
          </a>
          <a class="button" href={paths.secondFactor}>
            {p.pages.factor.state.manage}
          </a>
        </PageHead>
        <Section title={p.pages.factor.title}>
          <FactorFacts state={model.factor} />
        </Section>
        <Table
          caption={t.title}
          rows={model.rows}
          id={(row) => row.id}
          columns={[
            { key: 'device', head: t.device, main: true, cell: (row) => row.device },
            { key: 'since', head: t.since, cell: (row) => <When at={row.startedAt} /> },
            { key: 'used', head: t.used, cell: (row) => <When at={row.usedAt} relative /> },
            {
              key: 'end',
              head: p.ui.more,
              cell: (row) =>
                row.here ? (
                  t.current
                ) : (
                  <form method="post" action={paths.endSession(row.id)}>
                    <button class="button">{p.pages.sessions.end}</button>
                  </form>
                ),
            },
          ]}
        />
        {model.rows.length > 1 ? (
          <Confirm
            action={`${paths.sessions}/end-others`}
            open={p.pages.sessions.others}
            title={p.pages.sessions.others}
            submit={p.pages.sessions.others}
            danger
          >
            {p.pages.sessions.lead}
          </Confirm>
        ) : null}
        <Devices devices={model.devices} />
      </div>
    ),
  };
};

const MARKS = { current: ['act', 'disc'], known: ['good', 'disc'], asked: ['warn', 'ring'] } as const;

function Devices({ devices }: Pick<SessionsModel, 'devices'>) {
  const { p, say } = useView();
  const t = p.pages.devices;
  if (devices.length === 0) return null;
  return (
    <Section title={t.title}>
      <p class="small muted">{t.lead}</p>
      <Table
        caption={t.title}
        rows={devices}
        id={(row) => row.id}
        columns={[
          { key: 'device', head: t.columns.device, main: true, cell: (row) => row.device },
          { key: 'first', head: t.columns.first, cell: (row) => <When at={row.firstAt} /> },
          { key: 'last', head: t.columns.last, cell: (row) => <When at={row.lastAt} relative /> },
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
            key: 'act',
            head: t.columns.act,
            cell: (row) =>
              row.state === 'current' ? null : !row.mayRemove ? (
                <span class="small muted">{t.remove.notHere}</span>
              ) : (
                <Confirm
                  action={paths.deviceAct(row.id, 'remove')}
                  open={t.remove.open}
                  title={say(t.remove.title, { device: row.device })}
                  submit={t.remove.submit}
                  danger
                >
                  {t.remove.lead}
                </Confirm>
              ),
          },
        ]}
      />
    </Section>
  );
}
