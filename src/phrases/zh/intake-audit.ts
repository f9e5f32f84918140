/** Acts of taking records in. */
export const intakeActs = {
  'record.receive': '接收记录',
  'record.capture': '收入记录',
  'record.announce': '登记即将存入的记录',
  'record.finish_announced': '办结中断前登记的记录',
  'record.archive': '归档记录',
  'record.arrange': '整理记录',
  'record.complete': '补全著录',
  'record.waiting': '查看待整理列表',
  'record.work': '查看整理工作',
  'record.send_back': '退回记录',
};
