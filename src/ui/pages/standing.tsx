import type { AllPhrases } from '../../phrases/index.js';
import { useView } from '../components/context.js';
import type { Shape } from '../components/icons.js';
import { PageHead, State, Tabs, type Tone } from '../components/marks.js';
import { Empty } from '../components/notes.js';
import { Pager, Table, type Paging } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

type Texts = AllPhrases['pages']['standing'];
export type StandingTab = keyof Texts['tabs'];
export type StandingShownState = keyof Texts['states'];

/** A rule in words of the viewer's language. */
export interface StandingWords {
  readers: string;
  departments: string;
  types: string;
  sensitivities: string;
  purposes: string;
  states: string;
  from: string;
  until: string;
}

export interface StandingListRow extends StandingWords {
  id: string;
  says: string;
  state: StandingShownState;
  /** `null`: it came with the program. */
  owner: string | null;
  /** Over soon, and nothing follows it. */
  endsSoon: boolean;
}

const MARKS: Record<StandingShownState, readonly [Tone, Shape]> = {
  proposed: ['warn', 'triangle'],
  agreed: ['warn', 'ring'],
  active: ['good', 'square'],
  later: ['act', 'half'],
  ended: ['plain', 'dash'],
  refused: ['plain', 'cross'],
};

/** The state of a standing rule in a word, a colour and a shape. */
export function StandingMark({ state }: { state: StandingShownState }) {
  const { p } = useView();
  const [tone, shape] = MARKS[state];
  return (
    <State tone={tone} shape={shape}>
      {p.pages.standing.states[state]}
    </State>
  );
}

/** Says that a rule ends soon. */
export function EndsSoon({ until }: { until: string }) {
  const { p, f, say } = useView();
  return (
    <State tone="bad" shape="triangle">
      {say(p.pages.standing.endsSoon, { date: f.date(until) })}
    </State>
  );
}

export interface StandingModel {
  tab: StandingTab;
  rows: readonly StandingListRow[];
  paging: Paging;
  mayPropose: boolean;
}

/** The standing rules: in force, waiting, over. */
export const standingPage: PageOf<StandingModel> = ({ p, f, say }, { tab, rows, paging, mayPropose }) => {
  const t = p.pages.standing;
  return {
    title: t.title,
    section: 'standing',
    body: (
      <>
        <PageHead title={t.title} lead={t.lead}>
          {mayPropose ? (
            <a class="button primary" href={paths.newStanding}>
              {t.propose}
            </a>
          ) : null}
        </PageHead>
        <Tabs
          label={t.title}
          tabs={(['active', 'waiting', 'over'] as const).map((one) => ({
            text: t.tabs[one],
            href: one === 'active' ? paths.standing : `${paths.standing}?which=${one}`,
            here: one === tab,
          }))}
        />
        {rows.length === 0 ? (
          <Empty title={t.none[tab].title}>{t.none[tab].text}</Empty>
        ) : (
          <>
            <Table
              caption={t.tabs[tab]}
              rows={rows}
              id={(row) => row.id}
              columns={[
                {
                  key: 'rule',
                  head: t.columns.rule,
                  main: true,
                  cell: (row) => (
                    <>
                      <a class="title" href={paths.standingRule(row.id)}>
                        {row.says}
                      </a>
                      <span class="sub code">{row.id}</span>
                    </>
                  ),
                },
                {
                  key: 'state',
                  head: t.columns.state,
                  cell: (row) => (
                    <>
                      <StandingMark state={row.state} /> {row.endsSoon ? <EndsSoon until={row.until} /> : null}
                    </>
                  ),
                },
                { key: 'readers', head: t.columns.readers, cell: (row) => row.readers },
                { key: 'types', head: t.columns.types, cell: (row) => row.types },
                { key: 'purposes', head: t.columns.purposes, cell: (row) => row.purposes },
                { key: 'days', head: t.columns.days, cell: (row) => say(t.days, { from: f.date(row.from), until: f.date(row.until) }) },
                { key: 'owner', head: t.columns.owner, cell: (row) => row.owner ?? t.shipped },
              ]}
            />
            <Pager paging={paging} />
          </>
        )}
      </>
    ),
  };
};
