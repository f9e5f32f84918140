import type { AllPhrases } from '../../phrases/index.js';
import { useView } from '../components/context.js';
import { Section, When } from '../components/marks.js';
import { Empty } from '../components/notes.js';
import { Pager, Table, type Paging } from '../components/tables.js';
import { paths } from '../paths.js';

type Texts = AllPhrases['pages']['disposition']['register'];

export interface RegisterItemRow {
  position: number;
  record: string;
  title: string | null;
  code: string;
  department: string;
  closedAt: string;
  medium: keyof AllPhrases['values']['medium'];
  termUntil: string;
  ground: string;
  state: keyof Texts['itemStates'];
  reason: string;
  changed: readonly (keyof Texts['changes'])[];
}

/** The items of a register in their order; `form`: the form to which what is chosen belongs. */
export function RegisterItems({ items, paging, form }: { items: readonly RegisterItemRow[]; paging: Paging; form: string | null }) {
  const { p, say } = useView();
  const t = p.pages.disposition.register;
  return (
    <Section title={t.items.title}>
      {items.length === 0 ? (
        <Empty title={t.items.none.title}>{t.items.none.text}</Empty>
      ) : (
        <>
          <Table
            caption={t.items.caption}
            rows={items}
            id={(row) => String(row.position)}
            {...(form !== null ? { pick: { name: 'positions', form, label: (row: RegisterItemRow) => say(t.items.pick, { position: row.position }) } } : {})}
            columns={[
              { key: 'position', head: t.items.columns.position, number: true, cell: (row) => String(row.position) },
              {
                key: 'record',
                head: t.items.columns.record,
                main: true,
                cell: (row) => (
                  <>
                    {row.title === null ? (
                      <span class="muted">{t.items.hidden}</span>
                    ) : (
                      <a class="title" href={paths.record(row.record)}>
                        {row.title}
                      </a>
                    )}
                    <span class="sub code">{row.code}</span>
                  </>
                ),
              },
              { key: 'department', head: t.items.columns.department, cell: (row) => row.department },
              { key: 'closed', head: t.items.columns.closed, cell: (row) => <When at={row.closedAt} day /> },
              { key: 'medium', head: t.items.columns.medium, cell: (row) => p.values.medium[row.medium] },
              { key: 'until', head: t.items.columns.until, cell: (row) => row.termUntil },
              { key: 'ground', head: t.items.columns.ground, cell: (row) => row.ground },
              {
                key: 'state',
                head: t.items.columns.state,
                cell: (row) => (
                  <>
                    {t.itemStates[row.state]}
                    {row.changed.length === 0 && row.reason === '' ? null : (
                      <span class="sub">
                        {row.changed.map((one) => t.changes[one]).join(p.common.comma)} {row.reason}
                      </span>
                    )}
                  </>
                ),
              },
            ]}
          />
          <Pager paging={paging} />
        </>
      )}
    </Section>
  );
}
