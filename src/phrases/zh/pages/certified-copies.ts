/** The page of the certified copies of an application. */
export const certifiedCopies = {
  title: '查档出证 {number}',
  lead: '所选页面转为图片后遮盖、加水印、签章，原文件的文字与属性不随之带出。',
  made: '已出具',
  none: '尚未出具。',
  about: '{pages} 页，遮盖 {boxes} 处，{by}',
  make: '查档出证',
  record: '档案',
  pages: '页面与遮盖',
  pagesHint: '每行一页，最多 40 页：文件序号 页码，其后为遮盖框“左、上、宽、高”（以半角逗号分隔，占页面的百分比，可多个）。例如：1 3 10,45,50,6',
  submit: '出具',
} as const;
