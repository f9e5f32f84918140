import type { Phrases } from '../types.js';
import type { intake as zh } from '../zh/intake.js';

export const intake: Phrases<typeof zh> = {
  until: 'until {date}',
  notShown: '(beyond your rights, not shown)',
  transferList: 'transfer-list',
};
