export const lowerings = {
  title: '待会签的降级',
  lead: '调低敏感等级须由第二人同意：另一位档案员或档案主管。调高则立即生效。',
  columns: { record: '档案', from: '现为', to: '拟调为', by: '提出人', at: '提出时间' },
  own: '您本人',
  none: { title: '没有待会签的降级', text: '有人提出调低某件档案的敏感等级后，会列在这里。' },
} as const;
