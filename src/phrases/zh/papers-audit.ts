/** Acts on certificates, watermarked pages, certified copies and supervised readings, in the words of the audit log. */
export const papersActs = {
  'certificate.issue': '签发证书',
  'record.print_catalogue': '打印归档文件目录',
  'schedule.print': '打印保管期限表',
  'record.print_note': '打印备考表',
  'copy.certify': '出具查档证明',
  'copy.list': '查看查档出证清单',
  'copy.fetch': '调取查档出证',
  'copy.refused': '拒绝调取查档出证',
};
