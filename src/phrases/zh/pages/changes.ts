export const changes = {
  title: '待生效的变更',
  lead: '角色、规则与常设授权的变更，须先由审计管理员看过，另一人会签之后才生效。看过不等于同意；超过 {hours} 小时未看的会再次提醒，不会自行生效。',
  columns: { kind: '种类', what: '变更', by: '提出人', at: '提出时间', see: '看过' },
  kinds: { role: '角色', policy: '访问规则', scheme: '分类方案', schedule: '保管期限表', standing: '常设授权', signals: '异常提示规则', calendar: '工作日历', disposition: '鉴定与销毁规则' },
  what: { role: '授予 {name}：{role}', policy: '访问规则新版本 {version}', file: '新版本 {name}', standing: '常设授权 {rule}' },
  found: '规则文件变更',
  overdue: '等候过久',
  see: '已看过',
  none: { title: '没有待看的变更', text: '有人提出变更角色、规则或常设授权后，会先列在这里。' },
  unseen: '待审计管理员先看',
} as const;
