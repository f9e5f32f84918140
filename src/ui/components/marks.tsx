import type { ComponentChildren } from 'preact';
import type { RecordState, Sensitivity } from '../../records/values.js';
import { useView } from './context.js';
import { Icon, StateShape, type Shape } from './icons.js';

export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'act';

const RECORD_MARKS: Record<RecordState, readonly [Tone, Shape]> = {
  received: ['warn', 'ring'],
  sent_back: ['bad', 'back'],
  archived: ['good', 'square'],
  due: ['warn', 'diamond'],
  extended: ['good', 'bars'],
  approved: ['bad', 'triangle'],
  destroying: ['bad', 'half'],
  shredded: ['plain', 'cross'],
  destroyed: ['plain', 'dash'],
  transferred: ['act', 'on'],
};

/** A state: a word, a colour and a shape together. */
export function State({ tone, shape, children }: { tone: Tone; shape: Shape; children: ComponentChildren }) {
  return (
    <span class={`state ${tone}`}>
      <StateShape shape={shape} />
      {children}
    </span>
  );
}

export function RecordStateMark({ state }: { state: RecordState }) {
  const { p } = useView();
  const [tone, shape] = RECORD_MARKS[state];
  return (
    <State tone={tone} shape={shape}>
      {p.values.recordState[state]}
    </State>
  );
}

const LEVEL: Record<Sensitivity, readonly [Tone, Shape]> = {
  public: ['plain', 'ring'],
  internal: ['act', 'frame'],
  sensitive: ['warn', 'triangle'],
  highly_sensitive: ['bad', 'diamond'],
};

export function SensitivityMark({ level }: { level: Sensitivity }) {
  const { p } = useView();
  const [tone, shape] = LEVEL[level];
  return (
    <State tone={tone} shape={shape}>
      {p.values.sensitivity[level]}
    </State>
  );
}

export function Chip({ label, children, href }: { label?: string | undefined; children: ComponentChildren; href?: string | undefined }) {
  const inside = (
    <>
      {label ? <span>{label}</span> : null}
      <b>{children}</b>
    </>
  );
  return href ? (
    <a class="chip" href={href}>
      {inside}
    </a>
  ) : (
    <span class="chip">{inside}</span>
  );
}

/** A moment; exact on hover, relative where that helps. */
export function When({ at, relative = false, day = false }: { at: Date | string; relative?: boolean; day?: boolean }) {
  const { f, now } = useView();
  const iso = typeof at === 'string' ? at : at.toISOString();
  return (
    <time datetime={iso} title={f.exact(at)}>
      {relative ? f.relative(at, now) : day ? f.date(at) : f.dateTime(at)}
    </time>
  );
}

export interface Fact {
  term: string;
  /** Left out or null: the fact has no row. */
  value?: ComponentChildren;
  /** The source never had it, for this reason. */
  absent?: string | undefined;
}

export function Facts({ facts, tall = false }: { facts: readonly Fact[]; tall?: boolean }) {
  const { p, say } = useView();
  return (
    <dl class={tall ? 'facts facts-tall' : 'facts'}>
      {facts
        .filter(({ value, absent }) => absent !== undefined || (value !== undefined && value !== null && value !== ''))
        .map(({ term, value, absent }) => [
          <dt>{term}</dt>,
          absent === undefined ? <dd>{value}</dd> : <dd class="absent">{say(p.ui.absent, { reason: absent })}</dd>,
        ])}
    </dl>
  );
}

export interface TimelineItem {
  at: Date | string;
  title: ComponentChildren;
  text?: ComponentChildren;
  /** Marked with a seal-red square: what changed the record itself. */
  strong?: boolean;
  /** Lies ahead. */
  soon?: boolean;
  day?: boolean;
}

export function Timeline({ items }: { items: readonly TimelineItem[] }) {
  return (
    <ol class="timeline">
      {items.map((item, index) => (
        <li key={index} class={item.strong ? 'strong' : item.soon ? 'soon' : undefined}>
          <When at={item.at} day={item.day ?? false} />
          <div class="what">
            <div>{item.title}</div>
            {item.text ? <div class="small muted">{item.text}</div> : null}
          </div>
        </li>
      ))}
    </ol>
  );
}

/** A row of figures with their names. */
export function Figures({ figures }: { figures: readonly { term: string; value: ComponentChildren; small?: string | undefined }[] }) {
  return (
    <dl class="figures">
      {figures.map(({ term, value, small }) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>
            {value}
            {small ? <small> {small}</small> : null}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** How far a long task is; the script keeps it up to date from `source`. */
export function ProgressBar({ done, total, label, source }: { done: number; total: number | null; label: string; source?: string | undefined }) {
  return (
    <div class="progress" data-progress={source}>
      {total === null ? <progress aria-label={label} /> : <progress aria-label={label} value={Math.min(done, total)} max={Math.max(1, total)} />}
    </div>
  );
}

export function Tabs({ label, tabs }: { label: string; tabs: readonly { text: string; href: string; here: boolean }[] }) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(({ text, href, here }) => (
        <a key={href} href={href} aria-current={here ? 'page' : undefined}>
          {text}
        </a>
      ))}
    </nav>
  );
}

export function PageHead({ title, lead, children }: { title: string; lead?: ComponentChildren; children?: ComponentChildren }) {
  return (
    <div class="head">
      <div>
        <h1>{title}</h1>
        {lead ? <p>{lead}</p> : null}
      </div>
      {children ? <div class="row no-print">{children}</div> : null}
    </div>
  );
}

export function Crumbs({ crumbs }: { crumbs: readonly { text: string; href?: string }[] }) {
  const { p } = useView();
  return (
    <nav aria-label={p.ui.crumbs}>
      <ol class="crumbs">
        {crumbs.map(({ text, href }) => (
          <li key={text}>{href ? <a href={href}>{text}</a> : <span aria-current="page">{text}</span>}</li>
        ))}
      </ol>
    </nav>
  );
}

export function Section({ title, aside, children, id }: { title: string; aside?: ComponentChildren; children: ComponentChildren; id?: string }) {
  return (
    <section class="section" id={id}>
      <div class="section-head">
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

/** A value that one wants to take along; the script copies it. */
export function Copyable({ text }: { text: string }) {
  const { p } = useView();
  return (
    <span class="code" data-copy={p.ui.copied}>
      {text}
    </span>
  );
}

export { Icon };
