/** What the commands say in a terminal. */
export const cli = {
  about: '兰台：客户服务档案的安全保管与合规',
  migrate: '把数据库结构升级到本程序的版本',
  migrated: '已执行 {count} 个升级脚本',
  upToDate: '数据库结构已是最新',
  configWrong: '配置有误：',
  failed: '未能完成：{reason}',
  reason: '原因：{detail}',
  notices: {
    runs_as: 'PostgreSQL 不肯以 root 运行：它以账号 {account} 运行，数据库文件在 {place}',
    programs_copied: '账号 {account} 够不到 PostgreSQL 的程序文件，已复制一份到 {place}',
    came_back: '内嵌的 PostgreSQL 曾中断，已重新启动',
  },
  unexpected: '程序出错，详情见日志',
} as const;
