import type { Chrome } from './chrome.js';
import { assets } from './assets.js';
import { useView } from './components/context.js';
import { AskedDevices } from './components/devices.js';
import { Icon, Mark } from './components/icons.js';
import { Flashed } from './components/notes.js';
import type { Page } from './page.js';
import { paths } from './paths.js';
import { textOf, THEMES } from './view.js';

interface Props {
  chrome: Chrome;
  page: Page;
}

export function Layout({ chrome, page }: Props) {
  const { p } = useView();
  const gate = page.shape === 'gate';
  return (
    <html lang={chrome.lang === 'zh' ? 'zh-CN' : 'en'} data-theme={chrome.theme}>
      <head>
        <meta charset="utf-8" />
        <title>{`${page.title} · ${p.common.product}`}</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        {page.refresh ? (
          <noscript>
            <meta http-equiv="refresh" content={String(page.refresh)} />
          </noscript>
        ) : null}
        <link rel="icon" href={assets.icon.path} />
        <link rel="stylesheet" href={assets.css.path} />
        <script src={assets.js.path} defer />
      </head>
      <body>
        <a class="skip" href="#main">
          {p.ui.skip}
        </a>
        {chrome.demo ? (
          <aside class="demo" aria-label={p.ui.demoLabel}>
            {p.ui.demo}
          </aside>
        ) : null}
        {gate || page.shape === 'bare' ? null : <Top chrome={chrome} page={page} />}
        <main id="main" class={page.shape ?? 'wide'} tabindex={-1}>
          {chrome.devices && chrome.devices.length > 0 ? <AskedDevices devices={chrome.devices} /> : null}
          {chrome.flash ? <Flashed flash={chrome.flash} /> : null}
          {page.body}
          {gate ? (
            <div class="gate-card gate-prefs">
              <Preferences chrome={chrome} />
            </div>
          ) : null}
        </main>
        {page.shape === 'bare' ? null : <Foot chrome={chrome} />}
      </body>
    </html>
  );
}

function Top({ chrome, page }: Props) {
  const { p } = useView();
  return (
    <header class="top">
      <div class="bar">
        <a class="brand" href={paths.home}>
          <Mark />
          <span class="brand-word">{p.common.product}</span>
          {chrome.archiveName === p.common.product ? null : <span class="brand-fonds">{chrome.archiveName}</span>}
        </a>
        {chrome.user && chrome.mayFind !== false ? <FindBox query={chrome.query ?? ''} invalid={page.queryInvalid ?? false} /> : <span />}
        <div class="me">
          <Me chrome={chrome} />
        </div>
      </div>
      {chrome.nav.length > 0 ? (
        <nav class="nav" aria-label={p.ui.navigation}>
          <ul>
            {chrome.nav.map(({ key, count }) => (
              <li key={key}>
                <a href={navPath(key)} aria-current={page.section === key ? 'page' : undefined}>
                  {p.ui.nav[key]}
                  {count ? <span class="count">{count > 999 ? '999+' : count}</span> : null}
                </a>
              </li>
            ))}
          </ul>
        </nav>
      ) : null}
    </header>
  );
}

const PLACES = {
  home: paths.home,
  take_in: paths.takeIn,
  arrange: paths.arrange,
  sent_back: paths.sentBack,
  batches: paths.batches,
  imports: paths.imports,
  browse: paths.browse,
  readings: paths.readings,
  requests: paths.requests,
  grants: paths.grants,
  appraisals: paths.appraisals,
  destruction: paths.registers,
  lateness: paths.lateness,
  retention: paths.due,
  destructions: paths.destructions,
  people: paths.people,
  access: paths.access,
  policies: paths.policies,
  standing: paths.standing,
  changes: paths.changes,
  usage: paths.usage,
  signals: paths.signals,
  account_review: paths.accountReview,
  compliance: paths.compliance,
  evidence: paths.evidence,
  privacy: paths.privacy,
  disclosures: paths.disclosures,
  holds: paths.holds,
  audit: paths.audit,
  system: paths.system,
} as const;

function navPath(key: keyof typeof PLACES): string {
  return PLACES[key];
}

/**
 * The search box that is always there; `/` puts the cursor into it. It posts, because what is typed may be a phone
 * number, which must not stand in an address; the server answers with an address that holds none.
 */
function FindBox({ query, invalid }: { query: string; invalid: boolean }) {
  const { p } = useView();
  const { complete } = p.pages.find;
  return (
    <form class="find" action={paths.find} method="post" role="search">
      <label class="hidden" for="find">
        {p.ui.find}
      </label>
      <input
        id="find"
        type="search"
        name="q"
        value={query}
        placeholder={p.ui.findHint}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        maxLength={200}
        enterkeyhint="search"
        aria-invalid={invalid ? 'true' : undefined}
        aria-describedby={invalid ? 'find-problems' : undefined}
        data-find=""
        data-complete={paths.complete}
        data-label={complete.label}
        data-text={complete.count}
        data-kinds={JSON.stringify(complete.kinds)}
      />
      <Icon name="find" />
      <kbd aria-hidden="true">/</kbd>
    </form>
  );
}

function Me({ chrome }: { chrome: Chrome }) {
  const { p } = useView();
  const { user } = chrome;
  return (
    <details class="menu" data-menu="">
      <summary>
        {user ? (
          <span class="initial" aria-hidden="true">
            {[...user.name][0]}
          </span>
        ) : (
          <Icon name="sliders" />
        )}
        <span class="hidden">{user ? p.ui.account : p.ui.preferences} </span>
        {user ? <span class="name">{user.name}</span> : null}
      </summary>
      <div>
        {user ? (
          <div class="small">
            <strong>{user.name}</strong> <span class="muted">{user.username}</span>
            <div class="muted">{user.roles.map((role) => textOf(p.access.roles, role)).join(' · ')}</div>
          </div>
        ) : null}
        <Preferences chrome={chrome} />
        {user ? (
          <p class="row small">
            <a href={paths.sessions}>{p.accounts.session.title}</a>
            <a href={paths.password}>{p.pages.sessions.password}</a>
          </p>
        ) : null}
        {user ? (
          <form class="row row-between" method="post" action={paths.signOut}>
            <button class="button quiet" name="everywhere" value="yes">
              {p.ui.signOutEverywhere}
            </button>
            <button class="button">{p.ui.signOut}</button>
          </form>
        ) : null}
      </div>
    </details>
  );
}

/** Language and theme: one click, remembered. */
function Preferences({ chrome }: { chrome: Chrome }) {
  const { p } = useView();
  return (
    <form class="stack" method="post" action={paths.preferences}>
      <input type="hidden" name="back" value={chrome.here} />
      <div class="segments" role="group" aria-label={p.ui.language}>
        {(['zh', 'en'] as const).map((lang) => (
          <button key={lang} name="lang" value={lang} lang={lang} aria-pressed={chrome.lang === lang ? 'true' : 'false'}>
            {p.common.language[lang]}
          </button>
        ))}
      </div>
      <div class="segments" role="group" aria-label={p.ui.theme}>
        {THEMES.map((theme) => (
          <button key={theme} name="theme" value={theme} aria-pressed={chrome.theme === theme ? 'true' : 'false'}>
            {p.ui.themes[theme]}
          </button>
        ))}
      </div>
    </form>
  );
}

function Foot({ chrome }: { chrome: Chrome }) {
  const { p } = useView();
  return (
    <footer class="foot">
      <span>
        {p.common.productLong} · {chrome.archiveName} · {p.fields.fonds} {chrome.fonds}
      </span>
      <span class="row">
        <a href={paths.help}>{p.ui.help}</a>
        <span>
          {p.ui.version} {chrome.version}
        </span>
      </span>
    </footer>
  );
}
