/** Why a record is kept until a day. Days are written as they are counted, `2029-03-15`. */
export const retention = {
  keptUntil: '保管至 {until}（含当日），依据“{rule}”（保管期限表 {version}）。',
  period: { years: '{n}年', months: '{n}个月', permanent: '永久' },
  trigger: { closing: '办结之日', last_contact: '最后一次联系客户之日', event: '规定事件发生之日' },
  reason: {
    decides: '“{rule}”：自{trigger}（{anchor}，当日不计）起保管{period}，至 {until} 止；为适用各条中最长者。',
    also: '“{rule}”也适用：自{trigger}（{anchor}）起{period}，至 {until} 止。',
    monthEnd: '期满之月没有相应的日期，以该月最后一日 {until} 为准。',
    specialAsked: '已申请特殊期限，尚未经档案主管确认，暂不生效。',
    minimum: '{day} 之前不得销毁。依据“{rule}”：{basis}。',
    maximum: '最迟保管至 {day}，此后继续保管将列入超期报告。',
    extended: '经鉴定续存：自原起算日 {anchor} 起共{period}，至 {until} 止。',
    kept: '经鉴定永久保留，依据：{basis}。',
    signed: '鉴定时已签署保管至 {until}，较按现行期限表计算的日期为晚；任何版本的期限表都不得提前，仍以签署之日为准。',
    promised: '变更之前已定的到期日 {until} 较晚，变更不缩短保管期限，仍保管至该日。',
    held: '有 {count} 项处置冻结，解除之前不得处置。',
    overMaximum: '已超过最长保管期限（{day}）。',
  },
} as const;
