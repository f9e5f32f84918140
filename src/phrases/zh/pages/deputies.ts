/** Deputies: who decides on applications while one is away. */
export const deputies = {
  title: '代理审批',
  lead: '不在时由谁代您审批申请。代理人须本身有审批职责；不能审批自己的申请，也不能审批您提出的申请。',
  none: { title: '还没有代理人', text: '外出之前在下面指定一位，到期自动结束。' },
  columns: { deputy: '代理人', from: '自', to: '至', state: '状态', end: '结束' },
  states: { now: '代理中', ahead: '尚未开始', over: '已结束' },
  standIn: '您现在代 {names} 审批。',
  name: '指定代理人',
  form: { deputy: '代理人', from: '自', to: '至（含当日）', submit: '指定' },
  nobody: '没有其他可以审批申请的人。',
  end: { open: '提前结束', title: '结束 {name} 的代理', lead: '即刻起由您本人审批；此前的答复不受影响。', submit: '结束代理' },
} as const;
