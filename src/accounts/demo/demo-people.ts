import type { DemoDepartment, DemoPerson } from './create-demo-accounts.js';

/** Departments of the demo archive's invented company. */
export const DEMO_DEPARTMENTS: readonly DemoDepartment[] = [
  { code: 'hotline', names: { zh: '客服热线部', en: 'Hotline' } },
  { code: 'field', names: { zh: '现场服务部', en: 'Field service' } },
  { code: 'archive', names: { zh: '档案室', en: 'Archive' }, isArchive: true },
  { code: 'office', names: { zh: '综合管理部', en: 'General office' } },
];

/** One invented person per role, two where a step needs two different persons. */
export const DEMO_PEOPLE: readonly DemoPerson[] = [
  { role: 'agent', username: 'lin.xia', name: '林夏', department: 'hotline' },
  { role: 'agent', username: 'zhou.ping', name: '周平', department: 'field' },
  { role: 'supervisor', username: 'chen.an', name: '陈安', department: 'hotline' },
  { role: 'supervisor', username: 'wu.dong', name: '吴冬', department: 'field' },
  { role: 'records_clerk', username: 'he.qing', name: '何清', department: 'archive' },
  { role: 'records_clerk', username: 'luo.yi', name: '罗仪', department: 'archive' },
  { role: 'records_manager', username: 'shen.mo', name: '沈墨', department: 'archive' },
  { role: 'executive', username: 'gu.yuan', name: '顾远', department: 'office' },
  { role: 'legal', username: 'fang.zheng', name: '方正', department: 'office' },
  { role: 'compliance_officer', username: 'jiang.he', name: '江和', department: 'office' },
  { role: 'system_admin', username: 'sys.admin', name: '石磊', department: null },
  { role: 'security_admin', username: 'sec.admin', name: '安然', department: null },
  { role: 'audit_admin', username: 'aud.admin', name: '申明', department: null },
];
