import { useView } from './context.js';
import { Section, When } from './marks.js';
import { Table } from './tables.js';

export interface ReceiptsModel {
  /** Where they are taken from, as a ZIP. */
  href: string;
  /** Where the steps stand in the signed log, in its order. */
  rows: readonly { log: string; sequence: string; at: string; act: string }[];
}

/** Steps that are listed; the ZIP has all of them. */
const SHOWN = 30;

/** Where what was done stands in the audit log, and its proofs to be taken along. */
export function Receipts({ receipts }: { receipts: ReceiptsModel }) {
  const { p, say } = useView();
  const t = p.evidence.receipts;
  const { rows, href } = receipts;
  return (
    <Section title={t.title} id="receipts">
      <div class="stack">
        <p class="small muted">{t.lead}</p>
        {rows.length === 0 ? (
          <p class="muted">{t.none}</p>
        ) : (
          <>
            <Table
              caption={t.title}
              rows={rows.slice(-SHOWN)}
              id={(row) => `${row.log}-${row.sequence}`}
              columns={[
                { key: 'act', head: t.columns.act, main: true, cell: (row) => row.act },
                { key: 'at', head: t.columns.at, cell: (row) => <When at={row.at} /> },
                { key: 'place', head: t.columns.place, cell: (row) => <span class="code">{`${row.log} / ${row.sequence}`}</span> },
              ]}
            />
            {rows.length > SHOWN ? <p class="small muted">{say(t.more, { count: rows.length - SHOWN })}</p> : null}
            <div>
              <a class="button" href={href} download>
                {t.take}
              </a>
            </div>
          </>
        )}
      </div>
    </Section>
  );
}
