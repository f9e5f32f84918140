export const departments = {
  lead: '部门代码写在档案与规则里，建立之后不再改变；名称可以改。',
  columns: { code: '代码', zh: '中文名称', en: '英文名称', kind: '性质', state: '状态' },
  new: '建立部门',
  form: {
    code: '代码',
    codeHint: '字母、数字、汉字、连字符、下划线，最多 40 个',
    nameZh: '中文名称',
    nameEn: '英文名称',
    isArchive: '这是档案部门',
    submit: '建立',
  },
  change: '改名',
  changeLead: '只改名称与性质，代码不变。',
  close: '撤销部门',
  closeLead: '撤销之后不再接收人员；已有档案保留其代码。还有人员的部门不能撤销。',
  open: '在用',
} as const;

export const tokens = {
  lead: '外部系统凭令牌归档或查找，不需要账号。令牌有期限，只显示一次，库里只存摘要。',
  columns: { name: '用途', scopes: '范围', department: '部门', expires: '有效至', used: '最近使用', state: '状态' },
  new: '发放令牌',
  form: {
    name: '用途',
    nameHint: '例如：客服系统每日归档',
    scopes: '范围',
    department: '部门',
    departmentHint: '能查到哪个部门的档案；不选则查不到任何档案',
    days: '有效天数',
    submit: '发放',
  },
  states: { active: '有效', revoked: '已撤销', expired: '已过期' },
  never: '从未使用',
  secret: '令牌（只显示这一次）',
  secretLead: '请立即保存到使用它的系统里，{time}前有效。请求头写作 Authorization: Bearer，后接令牌。',
  revoke: '撤销',
  revokeLead: '凭它的下一个请求就会被拒绝。不能恢复，只能另发。',
} as const;

export const sessions = {
  lead: '您在哪些设备上登录着。不认得的，立即结束并修改密码。',
  end: '结束',
  others: '结束其他所有登录',
  password: '修改密码',
} as const;
