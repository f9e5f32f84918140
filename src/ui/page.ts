import type { ComponentChildren } from 'preact';
import type { NavKey } from './chrome.js';
import type { View } from './view.js';

export interface Crumb {
  text: string;
  href?: string;
}

/** What a page function answers; the layout puts the archive around it. */
export interface Page {
  title: string;
  body: ComponentChildren;
  /** Which place of the navigation this page belongs to. */
  section?: NavKey;
  /** `gate`: before sign-in, a single card; `narrow`: for reading and forms; `bare`: for somebody who has no account, without any way to the rest. */
  shape?: 'wide' | 'narrow' | 'gate' | 'bare';
  /** What stands in the search box was not understood; the page says where in `#find-problems`. */
  queryInvalid?: boolean;
  /** Reload after so many seconds while something runs; the script does it without a reload. */
  refresh?: number;
}

/** A page as a pure function of its model. */
export type PageOf<Model> = (view: View, model: Model) => Page;
