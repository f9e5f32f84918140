import type { Channel, ClientType, Medium, RecordState, Sensitivity, ServiceType, TimeClass } from '../../records/values.js';
import { paths } from '../paths.js';
import { useView } from './context.js';
import { RecordStateMark, SensitivityMark, When } from './marks.js';
import { Table, type Column } from './tables.js';

/** A record as lists show it: catalogue only, personal data masked. */
export interface RecordRow {
  id: string;
  title: string;
  serviceNo: string;
  /** `null` until it is archived. */
  archivalCode: string | null;
  serviceType: ServiceType;
  clientType: ClientType;
  medium: Medium;
  timeClass: TimeClass;
  sensitivity: Sensitivity;
  state: RecordState;
  channel: Channel;
  closedAt: string;
  clientNumber: string;
  clientName: string | null;
  department: string;
}

export type RecordColumnKey = 'title' | 'client' | 'type' | 'closed' | 'sensitivity' | 'state' | 'department';

export function recordColumns(view: ReturnType<typeof useView>, keys: readonly RecordColumnKey[]): Column<RecordRow>[] {
  const { p } = view;
  const all: Record<RecordColumnKey, Column<RecordRow>> = {
    title: {
      key: 'title',
      head: p.fields.title,
      main: true,
      cell: (row) => (
        <>
          <a class="title" href={paths.record(row.id)}>
            {row.title === '' ? p.pages.destructions.tombstone.title : row.title}
          </a>
          <span class="sub code">{row.archivalCode ?? row.serviceNo}</span>
        </>
      ),
    },
    client: {
      key: 'client',
      head: p.fields.client,
      cell: (row) => (
        <>
          {row.clientName ?? p.values.clientType[row.clientType]}
          <span class="sub code">{row.clientNumber}</span>
        </>
      ),
    },
    type: {
      key: 'type',
      head: p.fields.serviceType,
      cell: (row) => (
        <>
          {p.values.serviceType[row.serviceType]}
          <span class="sub">{p.values.channel[row.channel]}</span>
        </>
      ),
    },
    closed: {
      key: 'closed',
      head: p.fields.closedAt,
      cell: (row) => (
        <span class="nowrap">
          <When at={row.closedAt} day />
        </span>
      ),
    },
    sensitivity: { key: 'sensitivity', head: p.fields.sensitivity, cell: (row) => <SensitivityMark level={row.sensitivity} /> },
    state: { key: 'state', head: p.ui.state, cell: (row) => <RecordStateMark state={row.state} /> },
    department: { key: 'department', head: p.ui.department, cell: (row) => row.department },
  };
  return keys.map((key) => all[key]);
}

export function RecordTable({
  rows,
  caption,
  columns = ['title', 'client', 'type', 'closed', 'sensitivity', 'state'],
}: {
  rows: readonly RecordRow[];
  caption: string;
  columns?: readonly RecordColumnKey[];
}) {
  const view = useView();
  return <Table caption={caption} columns={recordColumns(view, columns)} rows={rows} id={(row) => row.id} />;
}
