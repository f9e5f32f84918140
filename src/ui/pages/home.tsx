import { useView } from '../components/context.js';
import { RecordStateMark, Section, When } from '../components/marks.js';
import { Empty } from '../components/notes.js';
import { PageHead } from '../components/marks.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import type { AllPhrases } from '../../phrases/index.js';
import type { RecordState } from '../../records/values.js';

export type WaitKind = keyof AllPhrases['pages']['home']['waitKinds'];

export interface HomeModel {
  name: string;
  /** Hour of the day where the archive stands, for the greeting. */
  hour: number;
  mayFind: boolean;
  /** What one was told of applications and has not seen. */
  notices: readonly { id: string; kind: keyof AllPhrases['pages']['home']['notices']['kinds']; requestId: string; number: string; at: string }[];
  /** The same of holds; seen with the hold. */
  holdNotices: readonly { holdId: string; kind: keyof AllPhrases['pages']['holds']['notices']['kinds']; number: string; at: string }[];
  waits: readonly { kind: WaitKind; count: number; href: string; urgent: boolean }[];
  /** `null`: the role reads nothing. */
  recent: readonly { id: string; title: string; code: string; state: RecordState; readAt: string; purpose: string }[] | null;
  /** `null`: the role finds nothing. */
  saved: readonly { name: string; href: string }[] | null;
}

export const homePage: PageOf<HomeModel> = (view, model) => {
  const { p, say, f } = view;
  const t = p.pages.home;
  const hello = model.hour < 11 ? t.hello.morning : model.hour < 18 ? t.hello.day : t.hello.evening;
  return {
    title: t.title,
    section: 'home',
    body: (
      <div class="stack-l">
        <PageHead title={say(hello, { name: model.name })} lead={f.date(view.now)} />
        <section aria-labelledby="waits">
          <h2 id="waits" class="hidden">
            {t.waits}
          </h2>
          {model.waits.length === 0 ? (
            <p class="muted">{t.nothingWaits}</p>
          ) : (
            <div class="waits">
              {model.waits.map(({ kind, count, href, urgent }) => (
                <a key={kind} class={urgent ? 'wait now' : 'wait'} href={href}>
                  <b>{f.number(count)}</b>
                  <span>{t.waitKinds[kind]}</span>
                </a>
              ))}
            </div>
          )}
        </section>
        <Notices notices={model.notices} />
        <HoldNotices notices={model.holdNotices} />
        <div class="columns">
          {model.recent === null ? null : (
            <Section
              title={t.recent}
              aside={
                <a class="small" href={paths.readings}>
                  {p.ui.nav.readings}
                </a>
              }
            >
              {model.recent.length === 0 ? (
                <Empty title={t.noRecent.title}>{t.noRecent.text}</Empty>
              ) : (
                <ul class="shelf">
                  {model.recent.map((record) => (
                    <li key={`${record.id}${record.readAt}`}>
                      <a class="title" href={paths.record(record.id)}>
                        {record.title}
                      </a>
                      <RecordStateMark state={record.state} />
                      <span class="sub">
                        <span class="code">{record.code}</span> · {record.purpose} · <When at={record.readAt} relative />
                      </span>
                    </li>
                  ))}
                </ul>
              )}
            </Section>
          )}
          {model.saved === null ? null : (
            <Section
              title={t.saved}
              aside={
                <a class="small" href={`${paths.find}#saved`}>
                  {p.pages.find.saved.manage}
                </a>
              }
            >
              {model.saved.length === 0 ? (
                <p class="small muted">{t.noSaved}</p>
              ) : (
                <ul class="shelf">
                  {model.saved.map(({ name, href }) => (
                    <li key={href}>
                      <a href={href}>{name}</a>
                    </li>
                  ))}
                </ul>
              )}
            </Section>
          )}
        </div>
      </div>
    ),
  };
};

function Notices({ notices }: Pick<HomeModel, 'notices'>) {
  const { p, say } = useView();
  const t = p.pages.home.notices;
  const last = notices.at(-1);
  if (last === undefined) return null;
  return (
    <Section
      title={t.title}
      aside={
        <form method="post" action={paths.requestNotices}>
          <input type="hidden" name="to" value={last.at} />
          <button class="button">{t.seen}</button>
        </form>
      }
    >
      <ul class="shelf">
        {notices.map((one) => (
          <li key={one.id}>
            <a href={paths.request(one.requestId)}>{say(t.kinds[one.kind], { number: one.number })}</a>
            <span class="sub">
              <When at={one.at} relative />
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** What one was told of holds; opening the hold is seeing it. */
function HoldNotices({ notices }: { notices: HomeModel['holdNotices'] }) {
  const { p, say } = useView();
  const t = p.pages.holds.notices;
  if (notices.length === 0) return null;
  return (
    <Section title={t.title}>
      <ul class="shelf">
        {notices.map((one) => (
          <li key={`${one.holdId}${one.kind}${one.at}`}>
            <a href={paths.hold(one.holdId)}>{say(t.kinds[one.kind], { number: one.number })}</a>
            <span class="sub">
              <When at={one.at} relative />
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
