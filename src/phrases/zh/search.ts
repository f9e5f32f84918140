/** Finding: the language of queries, results, completion. */
export const search = {
  /** What filters are called in the box; the first name is the one that is offered, others are understood too. */
  keys: {
    type: '类型|服务类型|档案库',
    clientType: '客户类型',
    client: '客户|客户编号',
    staff: '人员|客服|服务人员',
    department: '部门|形成部门',
    channel: '渠道',
    sensitivity: '敏感等级|等级',
    medium: '载体',
    state: '状态',
    evaluation: '评价|满意度',
    year: '年度|年',
    date: '日期|办结',
    until: '保管至|到期',
    tag: '标签',
  },
} as const;
