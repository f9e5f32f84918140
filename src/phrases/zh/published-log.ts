/** Acts of the published audit log. */
export const logActs = {
  'log.export': '导出审计日志',
  'log.fetch': '取已公布的日志文件',
  'log.tidy': '清除已由完整切片取代的部分切片',
  'log.state': '查看审计日志状况',
  'log.verify': '校验审计日志全部条目',
  'log.proof': '查看条目的证明',
} as const;

/** The published audit log: export, checkpoints, offline verification. */
export const publishedLog = {
  group: '审计日志的导出与检查点',
  export: '把审计日志导出到空文件夹，供外部离线校验（C2SP tlog-tiles）',
  exported: '{log} 年：{size} 条已导出',
  exportedTo: '已导出到 {folder}。请把其中的检查点另行保存，或抄录、打印、公示：日后凭它可证明日志未被截断或重造。',
  checkpoint: '输出最新检查点（签名便笺），供邮寄、公示或打印留存',
  qr: '另以二维码输出',
  options: {
    logs: '只导出这些年份',
    from: '校验导出的文件夹或网址，不用数据库、不用密钥',
    key: '校验公钥（一行）或其文件；缺省用日志旁的公钥，那不能证明日志出自谁手',
    checkpoint: '另行保存的检查点文件，可重复',
    authority: '受信任的时间戳机构证书（PEM）文件，可重复',
  },
  whole: '{log} 年：完整，{size} 条，{checkpoints} 个检查点',
  faulty: '{log} 年：{size} 条，{checkpoints} 个检查点；有不符之处',
  anchoredBy: {
    checkpoint: '  前 {size} 条由另行保存的检查点 {name} 固定',
    timestamp: '  前 {size} 条由时间戳固定于 {since}（{name}）',
  },
  loose: '  第 {from} 条至第 {to} 条只有本档案的签名为证：持有签名密钥者若重造这一段，只有另行保存的检查点或时间戳能揭穿',
  unanchored: '  全部条目只有本档案的签名为证：持有签名密钥者若截断或重造日志，只有另行保存的检查点或时间戳能揭穿',
  ownKey: '校验公钥取自日志旁的文件：它只说明日志前后一致，不说明日志出自谁手。请用另行得到的公钥再校验一次（--key）',
  fault: '  {log} 年第 {sequence} 条 · {what}（{kind}） · {name}',
  faultNowhere: '  {log} 年 · {what}（{kind}） · {name}',
  more: '  ……另有 {count} 处',
  faults: {
    entry: '条目与已公布的摘要不符：被改、被删、被插入或换了次序',
    time: '时间倒退，或不在该年',
    opening: '首条没有接上前一年日志的末尾',
    missing: '文件缺失',
    damaged: '文件残缺',
    tile: '摘要切片与条目算出的不符',
    root: '检查点与条目算出的树根不符：自上一个相符的检查点之后有改动',
    short: '日志比检查点所说的短：被截断或退回到从前',
    signature: '检查点没有有效签名',
    origin: '检查点属于别的日志',
    fork: '同一长度有两个不同的检查点：日志有两个版本',
    unsigned: '没有签名的检查点',
    timestamp: '时间戳无效，或不属于这份日志',
  },
} as const;
