import { Facts, PageHead, Section } from '../components/marks.js';
import { Empty, Note } from '../components/notes.js';
import { Table } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

export interface RecordTermModel {
  id: string;
  title: string;
  code: string;
  until: string;
  sentence: string;
  steps: readonly string[];
  facts: readonly { term: string; value: string }[];
  events: readonly { what: string; at: string; source: string; entry: string }[];
  schedule: { name: string; digest: string };
  agrees: boolean;
}

/** Why a record is kept until its day, with everything that follows from. */
export const recordTermPage: PageOf<RecordTermModel> = ({ p }, model) => {
  const t = p.pages.term;
  return {
    title: `${t.title} · ${model.title}`,
    section: 'browse',
    shape: 'narrow',
    body: (
      <>
        <PageHead title={t.title} lead={model.sentence}>
          <a class="button" href={paths.record(model.id)}>
            {model.code}
          </a>
        </PageHead>
        <div class="stack-l">
          {model.agrees ? <Note kind="good">{t.agrees}</Note> : <Note kind="bad">{t.differs}</Note>}
          <Section title={t.steps}>
            <ol>
              {model.steps.map((step) => (
                <li key={step}>{step}</li>
              ))}
            </ol>
          </Section>
          <Section title={t.events}>
            {model.events.length === 0 ? (
              <Empty title={t.noEvents.title}>{t.noEvents.text}</Empty>
            ) : (
              <Table
                caption={t.events}
                rows={model.events}
                id={(row) => row.entry + row.what}
                columns={[
                  { key: 'what', head: t.event, main: true, cell: (row) => row.what },
                  { key: 'at', head: t.at, cell: (row) => row.at },
                  { key: 'source', head: t.source, cell: (row) => row.source },
                  { key: 'entry', head: t.entry, cell: (row) => <span class="code small">{row.entry}</span> },
                ]}
              />
            )}
          </Section>
          <Section title={t.facts}>
            <Facts facts={[...model.facts, { term: t.schedule, value: `${model.schedule.name} · ${model.schedule.digest}` }]} />
            <p class="small muted">
              <a href={`/api/v1/records/${model.id}/retention`}>{t.json}</a>
            </p>
          </Section>
        </div>
      </>
    ),
  };
};
