/** Words of transfer lists and batches outside of their pages. */
export const intake = {
  until: '至 {date}',
  transferList: '归档移交清册',
} as const;
