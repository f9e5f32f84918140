import type { ComponentChildren } from 'preact';
import type { Sort } from '../../search/index.js';
import { paths } from '../paths.js';

/** A search that a click makes. */
export interface Ask {
  q: string;
  sort?: Sort | undefined;
  after?: string | undefined;
  /** It holds personal data, which has no place in an address: it is posted. */
  sealed: boolean;
}

/** The address of a search; only for one that is not sealed. */
export function findPath({ q, sort, after }: Omit<Ask, 'sealed'>): string {
  const query = new URLSearchParams({ q, ...(sort ? { sort } : {}), ...(after ? { after } : {}) });
  return `${paths.find}?${query.toString()}`;
}

interface GoProps {
  ask: Ask;
  children: ComponentChildren;
  class?: string | undefined;
  title?: string | undefined;
  rel?: 'next' | 'prev';
  current?: boolean | undefined;
  /** Pressed by this key where one is not typing. */
  hotkey?: string;
}

/** A link to a search; a button that posts where the query must not stand in an address. Both look the same. */
export function Go({ ask, children, class: name, title, rel, current, hotkey }: GoProps) {
  const shared = { class: name, title, 'aria-current': current ? ('true' as const) : undefined, 'data-hotkey': hotkey };
  if (!ask.sealed) {
    return (
      <a href={findPath(ask)} rel={rel} {...shared}>
        {children}
      </a>
    );
  }
  return (
    <form class="go" method="post" action={paths.find}>
      <AskFields ask={ask} />
      <button {...shared} class={name ?? 'link'}>
        {children}
      </button>
    </form>
  );
}

/** A search as hidden fields of a form. */
export function AskFields({ ask: { q, sort, after } }: { ask: Omit<Ask, 'sealed'> }) {
  return (
    <>
      <input type="hidden" name="q" value={q} />
      <input type="hidden" name="sort" value={sort ?? 'relevance'} />
      {after ? <input type="hidden" name="after" value={after} /> : null}
    </>
  );
}
