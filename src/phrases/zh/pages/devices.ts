/** Devices on which one has signed in, and the question about a new one. */
export const devices = {
  title: '登录过的设备',
  lead: '凭浏览器里的一个随机标记认出，不采集设备特征。清除 Cookie 或换浏览器，即算新设备。',
  columns: { device: '设备', first: '首次登录', last: '最近登录', state: '状态', act: '操作' },
  states: { current: '本设备', known: '已确认', asked: '待您确认' },
  remove: {
    open: '移除',
    title: '移除「{device}」',
    lead: '那里的登录立即结束；以后再登录，算作新设备并提示您。',
    submit: '移除',
    notHere: '须在已确认的设备上移除，或先出示第二因素。',
  },
  asked: '{time}，有人在一台新设备（{device}）上登录了您的账号。是您吗？',
  yes: '是我',
  no: '不是我，立即结束那里的登录',
  noVouch: '请在以前登录过的设备上确认。',
} as const;
