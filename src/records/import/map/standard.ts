import { headerKey } from '../read/row.js';
import { parseMapping, type Mapping } from './mapping.js';

/** The headers of a file that needs no mapping; `*` marks those that must be there. */
export const STANDARD_HEADERS = ['服务编号', '服务日期', '服务人员', '客户编号', '服务内容', '服务结果', '客户签名', '服务评价'] as const;

const optional = (column: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({ column, optional: true, ...more });
const firstOf = (columns: string[], more: Record<string, unknown>): Record<string, unknown> => ({ firstOf: columns, ...more });
const time = { date: 'auto' };

/**
 * The mapping of a file with the standard headers. Further known headers are taken when they are there; what the file
 * does not say gets a stated default, recorded as absent with the reason.
 */
export function standardMapping(): Mapping {
  return parseMapping({
    version: 1,
    name: 'standard',
    title: { zh: '标准表头', en: 'Standard headers' },
    timeZone: 'Asia/Shanghai',
    parameters: { source: 'standard-table', department: 'unassigned' },
    fields: {
      'source.system': { parameter: 'source' },
      serviceNo: '服务编号',
      status: optional('状态', { default: 'closed' }),
      openedAt: firstOf(['受理时间', '服务日期'], { ...time, absent: '来源没有受理时间，以服务日期为准' }),
      servedAt: { column: '服务日期', ...time },
      closedAt: firstOf(['办结时间', '服务日期'], { ...time, absent: '来源没有办结时间，以服务日期为准' }),
      place: optional('服务地点', { oneLine: true }),
      participants: optional('参与人', { split: { by: '、' } }),
      serviceType: optional('服务类型', { default: 'routine', absent: '来源没有服务类型，按常规服务归档' }),
      'client.number': '客户编号',
      'client.name': optional('客户名称', { absent: '来源没有客户名称' }),
      'client.type': optional('客户类型', { default: 'other', absent: '来源没有客户类型，按其他归档' }),
      'client.phone': optional('联系电话'),
      'client.email': optional('电子邮箱'),
      'client.address': optional('客户地址', { oneLine: true }),
      'client.level': optional('客户等级'),
      'staff.name': '服务人员',
      'staff.number': optional('工号'),
      department: optional('部门', { default: '$department' }),
      channel: optional('渠道', { default: 'other', absent: '来源没有服务渠道，按其他归档' }),
      title: firstOf(['题名', '标题'], { optional: true, oneLine: true, default: '服务记录 {服务编号}', absent: '来源没有题名，以服务编号代替' }),
      content: '服务内容',
      solution: optional('解决方案'),
      clientFeedback: optional('客户反馈'),
      'returnCall.at': optional('回访时间', time),
      'returnCall.result': optional('回访结果'),
      result: '服务结果',
      exceptions: optional('异常情况', { split: { by: ';' } }),
      handling: optional('处理过程'),
      evaluation: '服务评价',
      signature: '客户签名',
      medium: optional('载体', { default: 'electronic' }),
      sensitivity: optional('敏感等级'),
      tags: optional('标签', { split: { by: '、' } }),
      crossReference: optional('互见号'),
      files: optional('附件', { split: { by: ';' } }),
    },
  });
}

/** Whether a header has what the standard mapping needs. */
export function isStandard(header: readonly string[]): boolean {
  const present = new Set(header.map(headerKey));
  return STANDARD_HEADERS.every((name) => present.has(headerKey(name)));
}
