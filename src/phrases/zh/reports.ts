/** Reports: signals, cases, samples, the monthly compliance report. */
export const reports = {
  signals: {
    kinds: {
      volume: '查阅量异常',
      outside_clients: '本部门客户以外',
      after_complaint: '投诉后查阅',
      refusals: '多次被拒',
      outside_hours: '非工作时间',
      not_returned: '未归还',
      same_text: '说明雷同',
    },
    why: {
      volume: '当日查阅 {count} 次',
      outside_clients: '当日查阅 {all} 次，其中 {count} 次是与本部门没有往来的客户的档案',
      after_complaint: '{count} 次查阅了近期（最近一次在 {days} 天前）投诉过的客户的档案，投诉由其他部门承办',
      refusals: '当日被拒绝 {count} 次',
      outside_hours: '在正常时段以外查阅 {count} 次：夜间 {night} 次，休息日白天 {dayOff} 次',
      not_returned: '当日结束的 {all} 次查阅中，{count} 次到期未归还',
      same_text: '{days} 天内 {count} 次填写同一段说明（共有 {texts} 段这样的说明）',
    },
    own: '本人 {days} 天内每日中位数 {ownMedian} 次，超过 {ownLimit} 次即属异常',
    peers: '同部门同事每日中位数 {peersMedian} 次，超过 {peersLimit} 次即属异常',
    between: '；',
    outcomes: { justified: '有正当理由', not_justified: '没有正当理由', rule_too_strict: '规则过严' },
    states: { open: '待核查', working: '核查中', closed: '已结束' },
  },
} as const;
