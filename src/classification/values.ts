/** Closed value sets of the four axes and of a service record's classification (R11, R17), in the terms of the glossary. Their texts stand in the phrase files under `values`. */
export const SERVICE_TYPES = ['routine', 'special', 'complaint', 'survey', 'training'] as const;
export const CLIENT_TYPES = ['enterprise', 'individual', 'government', 'other'] as const;
export const MEDIA = ['electronic', 'paper'] as const;
/** 公开, 内部, 敏感, 高敏感 — in rising order. */
export const SENSITIVITIES = ['public', 'internal', 'sensitive', 'highly_sensitive'] as const;
export const CHANNELS = ['phone', 'chat', 'email', 'web', 'app', 'wechat', 'visit', 'mail', 'social', 'internal', 'other'] as const;
export const FEEDBACK_KINDS = ['inquiry', 'suggestion', 'complaint', 'help'] as const;
export const PRIORITIES = ['urgent', 'important', 'normal'] as const;
export const CLIENT_LEVELS = ['regular', 'vip'] as const;
/** Computed from closing and term, never typed (R12). */
export const TIME_CLASSES = ['recent', 'historical', 'long_term'] as const;

export type ServiceType = (typeof SERVICE_TYPES)[number];
export type ClientType = (typeof CLIENT_TYPES)[number];
export type Medium = (typeof MEDIA)[number];
export type Sensitivity = (typeof SENSITIVITIES)[number];
export type Channel = (typeof CHANNELS)[number];
export type FeedbackKind = (typeof FEEDBACK_KINDS)[number];
export type Priority = (typeof PRIORITIES)[number];
export type ClientLevel = (typeof CLIENT_LEVELS)[number];
export type TimeClass = (typeof TIME_CLASSES)[number];
