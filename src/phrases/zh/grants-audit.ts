/** Acts of grants, standing rules and emergency readings, as lines of the log. */
export const grantActs = {
  'grant.issue': '给予授权',
  'grant.records': '列明授权的记录',
  'grant.revoke': '撤销授权',
  'grant.return': '归还授权',
  'grant.expire': '授权到期',
  'grant.list': '查看授权列表',
  'grant.view': '查看授权',
  'grant.refused': '被拒绝操作授权',
  'reading.emergency': '紧急查阅',
  'reading.confidential': '保密查阅告知合规',
  'reading.review': '复核紧急查阅',
  'standing.bootstrap': '随附常设授权生效',
  'standing.text': '把常设授权全文记入日志',
  'standing.end': '终止常设授权',
  'standing.list': '查看常设授权',
};
