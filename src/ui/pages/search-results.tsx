import type { Piece, SearchAnswer, SearchItem, Snippet } from '../../search/index.js';
import { SORTS } from '../../search/port.js';
import { useView } from '../components/context.js';
import { AskFields, Go, type Ask } from '../components/go.js';
import { Icon } from '../components/icons.js';
import { RecordStateMark, SensitivityMark, When } from '../components/marks.js';
import { paths } from '../paths.js';
import { textOf } from '../view.js';
import type { SearchModel } from './search.js';

interface Props {
  model: SearchModel;
  answer: SearchAnswer;
}

/** The hits, each a line on paper; `j`/`k` move over them. */
export function Results({ model, answer }: Props) {
  const { p } = useView();
  const t = p.pages.find;
  return (
    <div>
      <div class="find-bar no-print">
        <Sorts model={model} answer={answer} />
        <a class="small jump" href="#facets">
          {t.facets.jump}
        </a>
      </div>
      <ol class="hits" start={answer.from} data-hits="">
        {answer.items.map((item) => (
          <li key={item.id} data-hit="">
            <Hit item={item} model={model} />
          </li>
        ))}
      </ol>
      {model.mayApply ? <ApplyFor ask={model.ask} /> : null}
      <Pages model={model} answer={answer} />
      <Shortcuts />
    </div>
  );
}

function Sorts({ model, answer }: Props) {
  const { p } = useView();
  const t = p.pages.find;
  return (
    <nav class="segments sorts" aria-label={t.sort}>
      {SORTS.map((sort) => (
        <Go key={sort} current={answer.sort === sort} class="segment" ask={{ ...model.ask, sort, after: undefined }}>
          {t.sorts[sort]}
        </Go>
      ))}
    </nav>
  );
}

function Marked({ pieces }: { pieces: readonly Piece[] }) {
  return <>{pieces.map(({ text, hit }, i) => (hit ? <mark key={i}>{text}</mark> : text))}</>;
}

/** Of these nothing is left to be read or applied for. */
const GONE: ReadonlySet<string> = new Set(['destroying', 'shredded', 'destroyed']);

function Hit({ item, model }: { item: SearchItem; model: SearchModel }) {
  const { p, say, f } = useView();
  const t = p.pages.find;
  const gone = GONE.has(item.state);
  return (
    <article>
      <div class="hit-top">
        <h2 class="title">
          <a href={paths.record(item.id)} data-open="">
            {item.titlePieces.some((one) => one.text !== '') ? <Marked pieces={item.titlePieces} /> : p.pages.destructions.tombstone.title}
          </a>
        </h2>
        <span class="row">
          <SensitivityMark level={item.sensitivity} />
          <RecordStateMark state={item.state} />
          {model.mayApply && !gone ? (
            <input class="no-print" type="checkbox" name="record" value={item.id} form={APPLY} aria-label={say(t.pick, { title: item.title })} data-pick="" />
          ) : null}
        </span>
      </div>
      <p class="hit-facts small">
        <span class="code">{item.archivalCode ?? item.serviceNo}</span>
        <span>{p.values.serviceType[item.serviceType]}</span>
        {item.client.number === '' ? null : <Client item={item} dossier={model.mayOpenDossier} />}
        <span>
          {t.item.closed} <When at={item.closedAt} relative />
        </span>
        <span title={item.keptUntil}>{say(t.item.kept, { date: f.date(item.keptUntil) })}</span>
        {item.by === 'text' ? null : <span class="by">{t.foundBy[item.by]}</span>}
      </p>
      {item.mayRead || gone ? (
        <Told item={item} />
      ) : (
        <p class="hit-not small">
          <Icon name="lock" /> {say(t.item.mayNot, { department: textOf(model.departments, item.department) })}
        </p>
      )}
      {item.unsearchable > 0 ? <p class="small muted">{say(t.item.unsearchable, { count: item.unsearchable })}</p> : null}
      {item.mayRead && !gone && item.archivalCode !== null && model.last ? <ReadNow id={item.id} last={model.last} /> : null}
    </article>
  );
}

function Client({ item, dossier }: { item: SearchItem; dossier: boolean }) {
  const { p } = useView();
  const { number, name } = item.client;
  const text = name === '' ? p.values.clientType[item.clientType] : name;
  return (
    <span>
      {text}{' '}
      {dossier && number !== '' ? (
        <a class="code" href={paths.client(number)} data-dossier="" title={p.pages.find.item.dossier}>
          {number}
        </a>
      ) : (
        <span class="code">{number}</span>
      )}
    </span>
  );
}

/** What was done at last comes first: that is what one looks for in a call. The place of the hits follows, where it is another. */
function Told({ item: { snippet, solution } }: { item: SearchItem }) {
  const { p } = useView();
  const t = p.pages.find.item;
  const inSolution = snippet?.part === 'solution';
  return (
    <>
      {inSolution || solution !== null ? (
        <p class="hit-solution">
          <span class="label-inline">{t.solution}</span> {inSolution ? <Cut snippet={snippet} /> : cut(solution)}
        </p>
      ) : null}
      {snippet !== null && !inSolution ? (
        <p class="hit-snippet">
          <span class="label-inline">{t.parts[snippet.part]}</span> <Cut snippet={snippet} />
        </p>
      ) : null}
    </>
  );
}

/** Signs of what was done at last that an answer holds: with so many of them there was more. */
const SOLUTION = 200;

function cut(solution: string | null): string {
  return Array.from(solution ?? '').length >= SOLUTION ? `${solution}…` : (solution ?? '');
}

function Cut({ snippet }: { snippet: Snippet }) {
  return (
    <>
      {snippet.before ? '…' : ''}
      <Marked pieces={snippet.pieces} />
      {snippet.after ? '…' : ''}
    </>
  );
}

function ReadNow({ id, last }: { id: string; last: NonNullable<SearchModel['last']> }) {
  const { p, say } = useView();
  return (
    <form class="hit-read no-print" method="post" action={paths.openReading(id)} data-read="">
      <input type="hidden" name="purpose" value={last.purpose} />
      {last.ticket ? <input type="hidden" name="ticket" value={last.ticket} /> : null}
      <button class="button quiet">
        <Icon name="eye" />
        {say(p.pages.find.item.read, { purpose: last.text })}
      </button>
    </form>
  );
}

const APPLY = 'apply-chosen';

/** Applying for what was chosen, or for all that the search finds. */
function ApplyFor({ ask }: { ask: Ask }) {
  const { p } = useView();
  const t = p.pages.find;
  return (
    <form id={APPLY} class="row no-print" method="post" action={paths.applyToChosen}>
      <AskFields ask={ask} />
      <button class="button">{t.applyChosen}</button>
      <button class="button quiet" name="all" value="1">
        {t.applyAll}
      </button>
    </form>
  );
}

/** Pages back and forth. */
function Pages({ model, answer }: Props) {
  const { p, say, f } = useView();
  const t = p.pages.find;
  const to = answer.from + answer.items.length - 1;
  return (
    <nav class="pager" aria-label={p.ui.pages}>
      <span>{say(t.place, { from: f.number(answer.from), to: f.number(to) })}</span>
      <span class="row">
        {answer.previous === null ? null : (
          <Go class="button" rel="prev" hotkey="[" ask={{ ...model.ask, after: answer.previous }}>
            {t.previous}
          </Go>
        )}
        {answer.next === null ? null : (
          <Go class="button" rel="next" hotkey="]" ask={{ ...model.ask, after: answer.next }}>
            {t.next}
          </Go>
        )}
      </span>
    </nav>
  );
}

/** A client whose number or phone number was typed: one more key. */
export function Dossier({ client }: { client: string }) {
  const { p, say } = useView();
  return (
    <p class="no-print">
      <a class="button" href={paths.client(client)} data-hotkey="d">
        {say(p.pages.find.dossierOf, { client })}
      </a>
    </p>
  );
}

function Shortcuts() {
  const { p } = useView();
  const t = p.pages.find;
  const keys = [
    ['j k', t.shortcuts.move],
    ['Enter', t.shortcuts.open],
    ['o', t.shortcuts.read],
    ['d', t.shortcuts.dossier],
    ['[ ]', t.shortcuts.pages],
    ['s', t.shortcuts.save],
    ['/', t.shortcuts.box],
  ] as const;
  return (
    <p class="shortcuts small muted no-print" aria-label={t.keyboard}>
      {keys.map(([key, text]) => (
        <span key={key}>
          {key.split(' ').map((one) => (
            <kbd key={one}>{one}</kbd>
          ))}{' '}
          {text}
        </span>
      ))}
    </p>
  );
}
