export const browse = {
  title: '档案库',
  lead: '每种服务类型一个档案库，按客户类型与年度排架。数目只计您可以看到的档案。',
  none: { title: '档案库还是空的', text: '归档之后，这里按服务类型、客户类型、年度列出馆藏。' },
  years: '{from}—{to} 年',
  year: '{year} 年',
  perYear: '每年件数',
  table: '数据表',
  count: '件数',
  yearHead: '年度',
  share: '占比',
  list: '{type} · {client} · {year} 年',
  forms: {
    catalogue: '归档文件目录（PDF）',
    note: '备考表',
    noteLead: '备考表写明件数、起止档号、更正、限制、冻结、销毁等情况；需要补充说明的写在下面，由检查人在打印件上签字。',
    noteField: '情况说明',
    submit: '打印备考表（PDF）',
  },
} as const;

export const dossier = {
  title: '客户档案',
  lead: '这位客户在所有渠道的服务，排成一条时间线。',
  none: { title: '没有可见的档案', text: '这位客户没有您可以看到的档案。' },
  byChannel: '按渠道',
  byType: '按服务类型',
  timeline: '时间线',
  first: '最早',
  last: '最近',
  evaluation: '平均评价',
  channels: '渠道',
} as const;

export const lateness = {
  title: '归档时效',
  lead: '服务一办结就应归档。这里列出没有做到的。',
  tabs: { late: '归档迟了', not_archived: '办结未归档', return_call: '缺回访' },
  leads: {
    late: '从办结到归档超过 {hours} 小时的档案。',
    not_archived: '来源系统说已办结，而档案馆还没有收到的。',
    return_call: '应在办结后 24 小时内回访，而没有回访记录的。',
  },
  none: { late: '没有归档迟了的档案。', not_archived: '来源系统说办结的都已归档。', return_call: '应回访的都已回访。' },
  columns: { record: '档案', serviceNo: '服务编号', department: '部门', closed: '办结', archived: '归档', lag: '间隔', source: '来源系统', said: '来源于' },
  departments: '按部门',
  departmentColumns: { total: '归档', late: '迟归', median: '时差中位数', p95: '95% 以内' },
  outOfScope: '归档范围之外',
  outOfScopeLead: '按归档范围不归档、只计数的，近 {days} 天。',
  scopeColumns: { source: '来源系统', reason: '理由', count: '件数' },
  days: '近 {days} 天',
  figures: { onTime: '准时率', median: '中位间隔', late: '迟了', notArchived: '未归档', returnCall: '缺回访' },
  period: '{from} 至 {to}',
} as const;
