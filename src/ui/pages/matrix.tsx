import { SUBJECT_CLASSES, type Cell, type MatrixRole } from '../../access/index.js';
import { SENSITIVITIES } from '../../records/values.js';
import { useView } from '../components/context.js';
import { PageHead, Section, Tabs } from '../components/marks.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { textOf } from '../view.js';

export interface MatrixModel {
  version: string;
  roles: readonly MatrixRole[];
  /** The role whose table is open; the first where none was chosen. */
  chosen: string;
}

const CELLS: Record<Cell, string> = { all: '●', some: '◐', none: '—' };

export const matrixPage: PageOf<MatrixModel> = ({ p, say }, model) => {
  const t = p.access.matrix;
  const role = model.roles.find((one) => one.role === model.chosen) ?? model.roles[0];
  return {
    title: t.title,
    section: 'access',
    body: (
      <>
        <PageHead title={t.title} lead={t.lead}>
          <span class="small muted">{say(t.version, { version: model.version })}</span>
        </PageHead>
        <Tabs
          label={p.ui.rolesLabel}
          tabs={model.roles.map((one) => ({ text: textOf(p.access.roles, one.role), href: `${paths.access}?role=${one.role}`, here: one.role === role?.role }))}
        />
        {role ? <MatrixOf role={role} /> : null}
      </>
    ),
  };
};

function MatrixOf({ role }: { role: MatrixRole }) {
  const { p } = useView();
  const t = p.access.matrix;
  const stages = [...new Set(SUBJECT_CLASSES.map(({ stage }) => stage))];
  return (
    <div class="stack-l">
      <Section
        title={t.onRecords}
        aside={
          <span class="small muted" aria-hidden="true">
            {p.pages.matrix.legend}
          </span>
        }
      >
        {role.onRecords.length === 0 ? (
          <p class="muted">{t.noRecords}</p>
        ) : (
          <div class="scroll" tabindex={0} role="region" aria-label={t.onRecords}>
            <table class="table keep matrix">
              <thead>
                <tr>
                  <td rowSpan={3} />
                  {stages.map((stage) => (
                    <th key={stage} scope="colgroup" colSpan={SENSITIVITIES.length * 2}>
                      {t.stage[stage]}
                    </th>
                  ))}
                </tr>
                <tr>
                  {SUBJECT_CLASSES.filter(({ own }) => own).map(({ stage, sensitivity }) => (
                    <th key={stage + sensitivity} scope="colgroup" colSpan={2}>
                      {textOf(p.values.sensitivity, sensitivity)}
                    </th>
                  ))}
                </tr>
                <tr>
                  {SUBJECT_CLASSES.map(({ stage, sensitivity, own }) => (
                    <th key={`${stage}${sensitivity}${own}`} scope="col">
                      {own ? t.own : t.other}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {role.onRecords.map((row) => (
                  <tr key={row.act}>
                    <th scope="row">{textOf(p.access.acts, row.act)}</th>
                    {row.cells.map((cell, index) => (
                      <td key={index}>
                        <span aria-hidden="true">{CELLS[cell]}</span>
                        <span class="hidden">{t.cell[cell]}</span>
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Section>
      <Section title={t.onArchive}>
        {role.onArchive.length === 0 ? (
          <p class="muted">{p.pages.matrix.none}</p>
        ) : (
          <div class="chips">
            {role.onArchive.map((act) => (
              <span key={act} class="chip">
                <b>{textOf(p.access.acts, act)}</b>
              </span>
            ))}
          </div>
        )}
      </Section>
    </div>
  );
}
