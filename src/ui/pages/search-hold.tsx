import type { SearchAnswer } from '../../search/index.js';
import { useView } from '../components/context.js';
import { paths } from '../paths.js';

/** From what was found to a hold over it: over the filters, where they are nothing but filters, or over the hits of this page. */
export function HoldFound({ q, answer, filters }: { q: string; answer: SearchAnswer; filters: boolean }) {
  const { p, say } = useView();
  const t = p.pages.holds.search;
  if (answer.items.length === 0 && !filters) return null;
  return (
    <details class="menu" data-menu="">
      <summary class="button">{t.title}</summary>
      <div class="stack">
        {filters ? (
          <form method="post" action={paths.newHold}>
            <input type="hidden" name="query" value={q} />
            <button class="button">{t.filters}</button>
          </form>
        ) : null}
        {answer.items.length > 0 ? (
          <form method="post" action={paths.newHold}>
            {answer.items.map((item) => (
              <input key={item.id} type="hidden" name="record" value={item.id} />
            ))}
            <button class="button">{say(t.hits, { count: answer.items.length })}</button>
          </form>
        ) : null}
      </div>
    </details>
  );
}
