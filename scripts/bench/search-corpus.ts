import { newId } from '../../src/db/index.js';
import type { SearchDocument } from '../../src/search/index.js';

const WORDS =
  '宽带 客户 处理 来电 反映 要求 晚间 网络 频繁掉线 上门检查 光猫 路由器 发票 退款 套餐 变更 投诉 账单 查询 余额 扣费 错误 已经 说明 解决 满意 回访 预约 工程师 更换 网线 密码 重置 登录 失败 验证码 短信 未收到 合同 到期 续费 优惠 活动 积分 兑换 物流 延迟 包裹 损坏 退货 换货 维修 保修 安装 调试 设备 故障 信号 弱 覆盖 基站 国际 漫游 流量 超出 限速 升级 会员 取消 订阅 自动 续订 误操作 身份 核验 地址 修改 联系方式 更新 经理 转接 等待 时间 过长 服务 态度 表扬 建议 问卷 调查 培训 课程 资料 下载 系统 维护 停机 恢复'.split(
    ' ',
  );
const ENGLISH =
  'router invoice refund delayed shipment password reset login failed contract renewal discount modem signal outage technician appointment warranty repair account balance subscription cancelled upgrade roaming callback'.split(
    ' ',
  );
const at = <T>(list: readonly T[], i: number): T => list[i % list.length] as T;

/** Numbers that look random and are the same in every run. */
function sequence(seed: number): (n: number) => number {
  let state = seed >>> 0;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

/** Records of about 264 characters, Chinese and English, over seven years; some words in most of them, some in a few. */
export function* searchCorpus(count: number, seed = 1): Iterable<SearchDocument> {
  const below = sequence(seed);
  const rare = Math.max(Math.floor(count / 40), 1);
  const text = (length: number): string => {
    let made = '';
    while (made.length < length) {
      // the square makes the first words common and the last ones not
      if (below(8) === 0) made += ` ${at(ENGLISH, Math.floor((below(1000) / 1000) ** 2 * ENGLISH.length))} `;
      else made += at(WORDS, Math.floor((below(1000) / 1000) ** 2 * WORDS.length)) + (below(5) === 0 ? '，' : '');
    }
    return made;
  };
  for (let i = 0; i < count; i++) {
    const department = `dept-${below(12)}`;
    const sensitivity = at(['public', 'internal', 'internal', 'internal', 'sensitive', 'sensitive', 'highly_sensitive'], below(7));
    const closedAt = new Date(Date.UTC(2019, 6, 1) + below(80 * 30 * 86_400) * 1000);
    const bare = sensitivity === 'highly_sensitive';
    const own = department === 'dept-3' && sensitivity === 'internal' ? ` 共有词${at(['一', '二', '三'], below(3))}` : '';
    const few = i % rare === 0 ? ` ${at(['稀有词甲', '稀有词乙', 'zirconium'], below(3))}` : '';
    yield {
      id: newId(),
      service_type: at(['routine', 'routine', 'routine', 'special', 'complaint', 'survey', 'training'], below(7)),
      client_type: at(['individual', 'individual', 'enterprise', 'government', 'other'], below(5)),
      department,
      sensitivity,
      medium: at(['electronic', 'electronic', 'electronic', 'paper'], below(4)),
      channel: at(['phone', 'chat', 'email', 'web', 'app', 'wechat'], below(6)),
      state: 'archived',
      restricted: false,
      fonds: 'Z001',
      staff_account: `account-${below(300)}`,
      year: closedAt.getUTCFullYear(),
      evaluation: 1 + below(5),
      client_number: `C-${below(60_000)}`,
      staff_number: `A${below(300)}`,
      staff_name: `坐席${below(300)}`,
      tags: [],
      closedAt,
      termUntil: new Date(Number(closedAt) + 3 * 365 * 86_400_000).toISOString().slice(0, 10),
      numbers: [`S-${i}`, `Z001-KF·${closedAt.getUTCFullYear()}-D3-${i}`],
      texts: bare ? { title: '', solution: '', content: '', files: '' } : { title: text(14), solution: text(70), content: text(180) + own + few, files: '' },
      stamp: `${i}`,
    };
  }
}
