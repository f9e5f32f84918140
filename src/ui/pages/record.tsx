import type { ComponentChildren } from 'preact';
import { Chip, Copyable, Crumbs, Facts, RecordStateMark, Section, SensitivityMark, Timeline, When, type Fact } from '../components/marks.js';
import { FileList, type FileRow } from '../components/files.js';
import { Note } from '../components/notes.js';
import type { RecordRow } from '../components/records.js';
import { ArchivingStamp, type Stamp } from '../components/stamp.js';
import type { AllPhrases } from '../../phrases/index.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { ReadPanel, type ReadingOffer } from './record-read.js';
import { textOf, type View } from '../view.js';
import { FileSearch, SearchReport, type Searchable } from './record-search.js';
import { WorkPanel, type RecordWork } from './record-work.js';

export type RecordEvent = keyof AllPhrases['pages']['record']['events'];

export interface RecordModel extends RecordRow {
  openedAt: string;
  servedAt: string | null;
  staffName: string;
  /** Where the client's dossier is; `null` where the viewer may not open it. */
  dossierHref: string | null;
  clientPhone: string | null;
  clientEmail: string | null;
  tags: readonly string[];
  source: { system: string; creator: string | null };
  crossReference: string | null;
  fonds: string;
  /** `null` until archived. */
  stamp: Stamp | null;
  kept: {
    until: string;
    /** Whole sentences in the viewer's language, from the schedule. */
    reasons: readonly string[];
    minimum: string | null;
    maximum: string | null;
    rule: string;
    version: string;
  } | null;
  lockedUntil: string | null;
  /** Open disposal holds; which and why only for those who may see holds. */
  holds: readonly { text: string | null; href: string | null; since: string }[];
  /** Where it can be put under one; `null` where the viewer may not. */
  holdHref: string | null;
  loan: { name: string; due: string } | null;
  /** Of a record whose destruction has begun. */
  tombstone: { state: 'destroying' | 'shredded' | 'destroyed'; number: string; at: string | null; href: string | null } | null;
  restricted: boolean;
  files: readonly FileRow[];
  /** Path of the field and the reason why the source had none. */
  absent: readonly { field: string; reason: string }[];
  timeline: readonly { at: string; event: RecordEvent; text?: string; ahead?: boolean }[];
  versions: readonly { number: number; at: string; by: string; current: boolean }[];
  similar: readonly { id: string; title: string; code: string }[];
  reading: ReadingOffer;
  mayArrange: boolean;
  work: RecordWork;
  /** `null` where the viewer may not read the record: what its text holds is content. */
  searchable: Searchable | null;
}

const SEALED: ReadonlySet<RecordEvent> = new Set(['archived', 'version_added', 'destroyed', 'transferred', 'hold_set', 'sent_back']);

export const recordPage: PageOf<RecordModel> = (view, record) => {
  const { p } = view;
  const t = p.pages.record;
  return {
    title: record.title === '' ? p.pages.destructions.tombstone.title : record.title,
    body: (
      <div class="stack-l">
        <div>
          <Crumbs
            crumbs={[
              { text: p.ui.nav.browse, href: paths.browse },
              { text: p.values.serviceType[record.serviceType], href: paths.browseType(record.serviceType) },
              { text: record.archivalCode ?? record.serviceNo },
            ]}
          />
          <Cover view={view} record={record} />
        </div>
        {record.similar.length > 0 ? <Similar record={record} title={t.similar} /> : null}
        <div class="columns">
          <div class="stack-l">
            <Section title={t.description}>
              <Description view={view} record={record} />
            </Section>
            <Section title={t.files} aside={record.files.length > 0 ? <span class="small muted">{t.filesAfterReading}</span> : null}>
              {record.files.length > 0 ? <FileList files={record.files} below={belowOf(record)} /> : <p class="muted">{t.noFiles}</p>}
            </Section>
            {record.searchable ? <SearchReport recordId={record.id} searchable={record.searchable} /> : null}
            <Section title={t.timeline}>
              <Timeline
                items={record.timeline.map(({ at, event, text, ahead }) => ({
                  at,
                  title: t.events[event],
                  text,
                  day: /^\d{4}-\d{2}-\d{2}$/.test(at),
                  ...(SEALED.has(event) ? { strong: true } : {}),
                  ...(ahead ? { soon: true } : {}),
                }))}
              />
            </Section>
          </div>
          {record.tombstone === null ? (
            <aside class="stack-l first" aria-label={t.read.title}>
              <ReadPanel recordId={record.id} offer={record.reading} />
              <WorkPanel view={view} recordId={record.id} work={record.work} />
              {record.versions.length > 1 ? <Versions view={view} record={record} /> : null}
            </aside>
          ) : null}
        </div>
      </div>
    ),
  };
};

/** What stands below a file: whether its text can be searched. */
function belowOf({ searchable }: RecordModel): (file: FileRow) => ComponentChildren {
  const known = new Map(searchable?.files.map((one) => [one.id, one]));
  return ({ id }) => {
    const file = known.get(id);
    return file ? <FileSearch file={file} /> : null;
  };
}

/** What is left of a destroyed record, and under which register it went. */
function Tombstone({ view, record }: { view: View; record: RecordModel }) {
  const { p, say } = view;
  const t = p.pages.destructions.tombstone;
  const { tombstone } = record;
  if (tombstone === null) return null;
  return (
    <Note kind="warn">
      {tombstone.state === 'destroying' ? `${t.destroying} ` : null}
      {say(t.text, { number: tombstone.number })}
      {tombstone.state === 'shredded' ? ` ${t.shredded}` : null}
      {tombstone.href === null ? null : (
        <>
          {' '}
          <a href={tombstone.href}>{t.register}</a>
        </>
      )}
    </Note>
  );
}

function Cover({ view, record }: { view: View; record: RecordModel }) {
  const { p, say, f } = view;
  const t = p.pages.record;
  return (
    <article class="cover">
      <div class="cover-top">
        <div>
          <p class="cover-code">
            <Copyable text={record.archivalCode ?? record.serviceNo} />
          </p>
          <h1>{record.title === '' ? p.pages.destructions.tombstone.title : record.title}</h1>
          <p class="cover-by">
            {record.staffName === '' ? record.department : say(t.cover.by, { department: record.department, staff: record.staffName })} ·{' '}
            {say(t.cover.closed, { date: f.date(record.closedAt) })}
          </p>
        </div>
        {record.stamp ? <ArchivingStamp stamp={record.stamp} /> : null}
      </div>
      <div class="chips">
        <Chip label={t.axes.serviceType} href={paths.browseType(record.serviceType)}>
          {p.values.serviceType[record.serviceType]}
        </Chip>
        <Chip label={t.axes.clientType}>{p.values.clientType[record.clientType]}</Chip>
        <Chip label={t.axes.timeClass}>{p.values.timeClass[record.timeClass]}</Chip>
        <Chip label={t.axes.medium}>{p.values.medium[record.medium]}</Chip>
        <Chip label={t.axes.sensitivity}>
          <SensitivityMark level={record.sensitivity} />
        </Chip>
        <Chip>
          <RecordStateMark state={record.state} />
        </Chip>
      </div>
      <Tombstone view={view} record={record} />
      <div class="kept">
        <p>
          <strong>{record.kept ? say(t.kept, { date: f.date(record.kept.until) }) : t.keptOpen}</strong>
        </p>
        <p class="muted">{record.kept ? record.kept.reasons[0] : t.keptUntilArchived}</p>
        {record.kept && record.kept.reasons.length > 1 ? (
          <details class="more">
            <summary>{t.why}</summary>
            <ul class="small muted">
              {record.kept.reasons.slice(1).map((reason) => (
                <li key={reason}>{reason}</li>
              ))}
            </ul>
          </details>
        ) : null}
        {record.kept ? <p class="small muted">{termDetails(view, record).join(' · ')}</p> : null}
        {record.kept ? (
          <p class="small">
            <a href={paths.recordTerm(record.id)}>{p.pages.term.open}</a>
          </p>
        ) : null}
        <ul class="small">
          {record.restricted ? <li>{t.restricted}</li> : null}
          {record.holds.length === 0 ? (
            record.tombstone === null ? (
              <li class="muted">
                {t.holds.none} · {record.loan ? '' : t.loans.none}
              </li>
            ) : null
          ) : (
            <Held view={view} holds={record.holds} />
          )}
          {record.loan ? <li>{say(t.loans.some, { name: record.loan.name, date: f.date(record.loan.due) })}</li> : null}
        </ul>
      </div>
      {record.mayArrange || record.holdHref !== null ? (
        <p class="row no-print">
          {record.mayArrange ? (
            <a class="button" href={paths.arrangeOne(record.id)}>
              {t.arrange}
            </a>
          ) : null}
          {record.holdHref === null ? null : (
            <a class="button" href={record.holdHref}>
              {p.pages.holds.record.make}
            </a>
          )}
        </p>
      ) : null}
    </article>
  );
}

function Held({ view: { p, say, f }, holds }: { view: View; holds: RecordModel['holds'] }) {
  const t = p.pages.record.holds;
  const told = holds.filter((one) => one.text !== null);
  return (
    <li>
      <em>{say(t.some, { count: holds.length, time: f.date(holds[0]?.since ?? '') })}</em>
      {told.length === 0 ? null : (
        <ul>
          {told.map(({ text, href }) => (
            <li key={href}>{href === null ? text : <a href={href}>{text}</a>}</li>
          ))}
        </ul>
      )}
    </li>
  );
}

function termDetails({ p, say, f }: View, { kept, lockedUntil }: RecordModel): string[] {
  const t = p.pages.record;
  if (!kept) return [];
  return [
    say(t.rule, { rule: kept.rule, version: kept.version }),
    kept.minimum ? say(t.minimum, { date: f.date(kept.minimum) }) : '',
    kept.maximum ? say(t.maximum, { date: f.date(kept.maximum) }) : '',
    lockedUntil ? say(t.lockedUntil, { date: f.date(lockedUntil) }) : '',
  ].filter(Boolean);
}

function Description({ view, record }: { view: View; record: RecordModel }) {
  const { p } = view;
  const t = p.pages.record;
  const code = (text: string): ComponentChildren => <Copyable text={text} />;
  const facts: Fact[] = [
    { term: p.fields.archivalCode, value: record.archivalCode && code(record.archivalCode) },
    { term: p.fields.serviceNo, value: code(record.serviceNo) },
    {
      term: p.fields.client,
      value:
        record.clientNumber === ''
          ? null
          : [
              record.clientName,
              record.clientName ? ' · ' : '',
              code(record.clientNumber),
              record.dossierHref ? [' · ', <a href={record.dossierHref}>{t.dossier}</a>] : null,
            ],
    },
    { term: p.fields['client.phone'], value: record.clientPhone },
    { term: p.fields['client.email'], value: record.clientEmail },
    { term: p.fields.channel, value: p.values.channel[record.channel] },
    { term: p.fields.openedAt, value: <When at={record.openedAt} /> },
    { term: p.fields.servedAt, value: record.servedAt && <When at={record.servedAt} /> },
    { term: p.fields.closedAt, value: <When at={record.closedAt} /> },
    { term: p.fields.staff, value: record.staffName },
    { term: p.fields.department, value: record.department },
    { term: p.fields.source, value: [record.source.system, record.source.creator ? ` · ${record.source.creator}` : ''] },
    { term: p.fields.crossReference, value: record.crossReference },
    {
      term: p.fields.tags,
      value:
        record.tags.length > 0 ? (
          <span class="chips">
            {record.tags.map((tag) => (
              <span key={tag} class="chip">
                {tag}
              </span>
            ))}
          </span>
        ) : null,
    },
    ...record.absent.map(({ field, reason }) => ({ term: textOf(p.fields, field), absent: reason })),
  ];
  return (
    <div class="stack">
      <Facts facts={facts} />
      {record.tombstone === null ? <p class="small muted no-print">{t.masked}</p> : null}
    </div>
  );
}

function Similar({ record, title }: { record: RecordModel; title: string }) {
  return (
    <Note kind="warn">
      {title}
      <ul>
        {record.similar.map((one) => (
          <li key={one.id}>
            <a href={paths.record(one.id)}>{one.title}</a> <span class="code small">{one.code}</span>
          </li>
        ))}
      </ul>
    </Note>
  );
}

function Versions({ view, record }: { view: View; record: RecordModel }) {
  const { p, say, f } = view;
  const t = p.pages.record;
  return (
    <Section title={t.versions}>
      <ul class="shelf">
        {record.versions.map((version) => (
          <li key={version.number}>
            <strong>{say(t.version, { number: version.number })}</strong>
            <span class="small">{version.current ? t.current : ''}</span>
            <span class="sub">{version.by === '' ? f.dateTime(version.at) : say(t.versionBy, { time: f.dateTime(version.at), by: version.by })}</span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
