import { ERROR_STATUS, type ErrorCode } from '../../errors/index.js';
import { say, slotsOf } from '../../phrases/index.js';
import { Table } from '../components/tables.js';
import type { PageOf } from '../page.js';

/** Slots have their values only when an error happens; here they are left open. */
function open(text: string): string {
  return say(text, Object.fromEntries(slotsOf(text).map((slot) => [slot, '…'])));
}

/** Every coded error with its meaning; the `type` of a problem points to its row. */
export const errorCodesPage: PageOf<Record<string, never>> = ({ p }) => {
  const t = p.pages.errorCodes;
  const codes = Object.keys(ERROR_STATUS) as ErrorCode[];
  return {
    title: t.title,
    shape: 'wide',
    body: (
      <div class="stack-l">
        <div class="stack">
          <h1>{t.title}</h1>
          <p>{t.lead}</p>
          <p>
            <a href="/api/v1/openapi.json">{t.api}</a>
          </p>
        </div>
        <section class="stack">
          <h2>{t.requests}</h2>
          <Table
            caption={t.requests}
            rows={codes}
            id={(code) => code}
            columns={[
              {
                key: 'code',
                head: t.code,
                main: true,
                cell: (code) => (
                  <code class="nowrap target" id={code}>
                    {code}
                  </code>
                ),
              },
              { key: 'status', head: t.status, number: true, cell: (code) => ERROR_STATUS[code] },
              { key: 'meaning', head: t.meaning, cell: (code) => open(p.errors[code].title) },
              { key: 'todo', head: t.todo, cell: (code) => open(p.errors[code].todo) },
            ]}
          />
        </section>
        <section class="stack">
          <h2>{t.fields}</h2>
          <p class="muted">{t.fieldsLead}</p>
          <Table
            caption={t.fields}
            rows={Object.entries(p.fieldErrors)}
            id={([code]) => code}
            columns={[
              {
                key: 'code',
                head: t.code,
                main: true,
                cell: ([code]) => (
                  <code class="nowrap target" id={`field-${code}`}>
                    {code}
                  </code>
                ),
              },
              { key: 'meaning', head: t.meaning, cell: ([, text]) => open(text) },
            ]}
          />
        </section>
      </div>
    ),
  };
};
