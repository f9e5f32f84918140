/** Acts of the audit log: schedules, terms, due records. */
export const scheduleActs = {
  'schedule.consent': '同意缩短保管期限',
  'schedule.impact': '推算新版保管期限表的影响',
  'schedule.recompute_start': '开始按新版重新计算保管期限',
  'schedule.recompute': '重新计算一批保管期限',
  'schedule.recompute_done': '重新计算保管期限完毕',
  'record.lock_raise': '延长存储中的锁定期限',
  'record.event': '报送影响保管期限的事件',
  'record.explain_term': '查看保管期限的推导',
  'schedule.impact_list': '查看到期日将变动的档案',
  'retention.sweep': '核对到期档案',
  'retention.due': '列入到期清单',
  'retention.not_due': '移出到期清单',
  'retention.list': '查看到期清单',
  'retention.export': '导出到期或超期清单',
  'retention.calendar': '查看到期日历',
  'retention.over': '查看超期保管',
  'retention.remind': '提醒部门将有档案到期',
  'retention.reminder_seen': '阅知到期提醒',
} as const;

/** Lists that are a place and not one thing. */
export const placesOfOversight = {
  'list:destruction-runs': '销毁进度',
  'list:destruction-certificates': '销毁证明',
  'list:log-terms': '日志保管期限',
  'list:log-destructions': '日志销毁清册列表',
  'list:due': '到期清单',
  'list:over-retained': '超期保管清单',
  'list:signals': '异常提示列表',
  'list:cases': '核查列表',
  'list:samples': '抽查列表',
  'list:accounts': '离职与闲置账号',
  'list:reports': '合规报告列表',
} as const;
