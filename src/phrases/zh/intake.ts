/** Words of transfer lists and batches outside of their pages. */
export const intake = {
  until: '至 {date}',
  notShown: '（超出您的权限，不显示）',
  transferList: '归档移交清册',
} as const;
