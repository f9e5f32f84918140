import type { Case } from './case.js';
import { en } from './en.js';
import { zhAppliance } from './zh-appliance.js';
import { zhBusiness } from './zh-business.js';
import { zhNetwork } from './zh-network.js';
import { zhQuality } from './zh-quality.js';
import { zhShop } from './zh-shop.js';

export type { Case, FileKind } from './case.js';

/** All kinds of cases with their language. */
export function cases(): { plot: Case; lang: 'zh' | 'en' }[] {
  const zh = [zhNetwork, zhShop, zhAppliance, zhBusiness, zhQuality].flat();
  return [...zh.map((plot) => ({ plot, lang: 'zh' as const })), ...en.map((plot) => ({ plot, lang: 'en' as const }))];
}
