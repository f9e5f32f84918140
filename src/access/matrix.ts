import { ACT_NAMES, ACTS } from './acts.js';
import type { Act } from './acts.js';
import { COLUMN_VALUES, STATES } from './columns.js';
import type { RecordAttributes } from './columns.js';
import { evaluate } from './condition.js';
import { actingRules } from './policy-set.js';
import type { PolicySet } from './policy-set.js';
import { ROLES } from './roles.js';
import type { Role } from './roles.js';
import type { Condition } from './types.js';

/** Whether a role may act on all records of a class, on some (by type, author or state), or on none. */
export type Cell = 'all' | 'some' | 'none';

/** A class of records as seen by one person. */
export interface SubjectClass {
  stage: 'arranging' | 'archived' | 'restricted';
  sensitivity: string;
  own: boolean;
}

export interface MatrixRow {
  act: Act;
  /** One cell per class of `SUBJECT_CLASSES`; for an act on the archive one cell. */
  cells: readonly Cell[];
}

export interface MatrixRole {
  role: Role;
  onRecords: readonly MatrixRow[];
  onArchive: readonly Act[];
}

const listed = (column: 'sensitivity' | 'service_type'): readonly string[] => {
  const values = COLUMN_VALUES[column];
  return Array.isArray(values) ? (values as readonly string[]) : [];
};

/** The columns of the matrix: stage × sensitivity × own or another's department. */
export const SUBJECT_CLASSES: readonly SubjectClass[] = (['arranging', 'archived', 'restricted'] as const).flatMap((stage) =>
  listed('sensitivity').flatMap((sensitivity) => [true, false].map((own) => ({ stage, sensitivity, own }))),
);

const WHO = { department: 'own', account: 'self' };
const ARRANGING: readonly string[] = ['received', 'sent_back'];

/** Every kind of record a class holds, as far as rules can tell them apart. */
function members({ stage, sensitivity, own }: SubjectClass): RecordAttributes[] {
  const states = STATES.filter((state) => ARRANGING.includes(state) === (stage === 'arranging'));
  return listed('service_type').flatMap((service_type) =>
    states.flatMap((state) =>
      ['self', 'another'].map((staff_account) => ({
        service_type,
        state,
        staff_account,
        sensitivity,
        department: own ? WHO.department : 'other',
        restricted: stage === 'restricted',
        client_type: 'individual',
        medium: 'electronic',
        channel: 'phone',
        fonds: 'Z001',
      })),
    ),
  );
}

function cell(conditions: readonly Condition[], kind: SubjectClass): Cell {
  const records = members(kind);
  const met = records.filter((record) => conditions.some((condition) => evaluate(condition, record))).length;
  return met === 0 ? 'none' : met === records.length ? 'all' : 'some';
}

/** Role × act × class of records, computed from the rules that act; only acts that a role has at all. */
export function accessMatrix(set: PolicySet): MatrixRole[] {
  return ROLES.map((role) => {
    const rules = actingRules(set, [role], WHO);
    const given = ACT_NAMES.filter((act) => rules.some((rule) => rule.act === act));
    const onRecords = given
      .filter((act) => ACTS[act] === 'record')
      .map((act) => {
        const conditions = rules.filter((rule) => rule.act === act).map((rule) => rule.condition);
        return { act, cells: SUBJECT_CLASSES.map((kind) => cell(conditions, kind)) };
      });
    return { role, onRecords, onArchive: given.filter((act) => ACTS[act] === 'archive') };
  });
}

const SIGN: Record<Cell, string> = { all: '●', some: '◐', none: '·' };

/** The matrix as Markdown in codes, for the golden file: a change of rights shows as a change of lines. */
export function matrixMarkdown(set: PolicySet): string {
  const lines = [`# Access matrix: profile ${set.profile.profile}`, '', '● all, ◐ some (by type, author or state), · none. Own / another’s department.', ''];
  const stages = [...new Set(SUBJECT_CLASSES.map((one) => one.stage))];
  for (const { role, onRecords, onArchive } of accessMatrix(set)) {
    lines.push(`## ${role}`, '');
    for (const stage of stages) {
      const columns = SUBJECT_CLASSES.map((kind, i) => ({ kind, i })).filter(({ kind }) => kind.stage === stage);
      const rows = onRecords.filter((row) => columns.some(({ i }) => row.cells[i] !== 'none'));
      if (rows.length === 0) continue;
      const sensitivities = listed('sensitivity');
      lines.push(`| ${stage} | ${sensitivities.join(' | ')} |`, `|--|${sensitivities.map(() => '--|').join('')}`);
      for (const row of rows) {
        const cells = sensitivities.map((sensitivity) =>
          columns
            .filter(({ kind }) => kind.sensitivity === sensitivity)
            .map(({ i }) => SIGN[row.cells[i] ?? 'none'])
            .join(' '),
        );
        lines.push(`| ${row.act} | ${cells.join(' | ')} |`);
      }
      lines.push('');
    }
    for (const act of onArchive) lines.push(`- ${act}`);
    lines.push('');
  }
  return `${lines.join('\n').trim()}\n`;
}
