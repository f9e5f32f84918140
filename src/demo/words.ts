import type { ReadingResult } from '../records/index.js';

/** Why the demo's clerk sent a record back. */
export const sendBackReason = '缺少必填内容，请补充后重新提交，并核对客户评价。';

/** What the demo's agent read records for, and how it ended. */
export const readingNotes: readonly { note: string; result: ReadingResult }[] = [
  { note: '客户再次来电，查上次处理方案', result: 'solved' },
  { note: '核对上次更换的设备型号', result: 'solved' },
  { note: '同类故障，参考处理步骤', result: 'partly' },
  { note: 'Client calls again about the same charge', result: 'solved' },
  { note: '客户询问当时承诺的回访时间', result: 'not_found' },
  { note: '确认退费是否到账', result: 'solved' },
];

/** Why the holds of the demo were made. */
export const holdWords = {
  lawsuit: { reference: '（2026）民初字第1234号', reason: '客户已就服务合同纠纷起诉，收到应诉通知，须保全其全部往来记录。' },
  inspection: { reference: '检查通知第7号', reason: '监管部门今晨问及这几件，先行冻结，待法务确认是否须设冻结。' },
} as const;

/** Reasons of appraisals, and how a register is to be carried out. */
export const dispositionWords = {
  destroy: '保管期满，业务已了结，无继续保存价值',
  transfer: '涉及重大投诉的处理经过，具有史料价值，拟移交综合档案室',
  place: '本部机房：销毁密钥后删除对象',
  approve: '清单与鉴定意见一致，同意销毁',
  reject: '培训材料仍在使用，先不销毁',
} as const;

/** How what was destroyed before was appraised, and what was noted of the request for erasure. */
export const destroyedWords = {
  ground: '保管期满，业务早已了结，无继续保存价值',
  place: '本部机房：销毁密钥后删除对象',
  approve: '清单核对无误，同意销毁',
  request: { asked: '本人已不再使用贵公司服务，请删除我的个人信息，包括历次满意度调查。', name: '周启明', contact: 'zhou.qiming@example.com' },
  identified: '已回拨预留电话核对身份',
  examined: '仅存两件满意度调查，法定期限已满，无冻结、无争议',
  decided: '法定期限已满且无冻结，准予删除，依销毁程序办理',
  answered: '已邮件答复',
  told: '已邮件告知删除结果与证明编号',
} as const;

/** What people said when they read as they should not, what was found out, and what standing rules are proposed for. */
export const oversightWords = {
  forgotten: '核对回访名单',
  same: '客户来电咨询',
  night: '夜间故障，核对上次处理方案',
  curious: '想看看以前是怎么处理的',
  complained: '了解一下该客户的情况',
  asked: '已请当班主管核对排班与来电记录，待答复。',
  explained: '主管已核对：当晚小区断网，系当班处理紧急报修，查阅与工单一致。',
  unjustified: '未见对应工单，说明与记录内容不符',
  unclear: '工单已并入另一工单，待核对',
  quality: {
    zh: '质量与培训部为质检查阅热线与在线客服的一般记录',
    en: 'quality and training reads ordinary records of hotline and online service for quality checks',
  },
  visits: { zh: '现场服务部为解决问题与回访查阅热线转来的记录', en: 'field service reads what the hotline passes on, to solve problems and to follow up' },
} as const;
