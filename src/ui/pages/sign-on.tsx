import { Copyable, Facts, PageHead, State, When } from '../components/marks.js';
import type { PageOf } from '../page.js';
import { textOf } from '../view.js';

/** Signed out here; the session at the provider is the next to end. */
export const signedOutPage: PageOf<{ url: string }> = ({ p }, { url }) => {
  const t = p.pages.gate.signOn.signedOut;
  return {
    title: t.title,
    shape: 'gate',
    body: (
      <div class="gate-card stack">
        <h1>{t.title}</h1>
        <p>{t.text}</p>
        <p>
          <a class="button primary" href={url}>
            {t.go}
          </a>
        </p>
      </div>
    ),
  };
};

export interface ConnectionModel {
  issuer: string;
  mapped: boolean;
  lastSuccessAt: string | null;
  lastFailureAt: string | null;
  lastFailure: string | null;
  linked: number;
  open: number;
  checkMinutes: number;
  graceMinutes: number;
}

/** How single sign-on fares. */
export const connectionPage: PageOf<ConnectionModel> = ({ p, say, f }, model) => {
  const t = p.pages.connection;
  const failed = model.lastFailureAt !== null && (model.lastSuccessAt === null || model.lastFailureAt > model.lastSuccessAt);
  const problems = Object.fromEntries(Object.entries(p.errors).map(([code, text]) => [code, text.title]));
  return {
    title: t.title,
    section: 'system',
    body: (
      <>
        <PageHead title={t.title} lead={say(t.lead, { check: model.checkMinutes, grace: model.graceMinutes })} />
        <section class="panel">
          <Facts
            facts={[
              {
                term: t.state,
                value: (
                  <State tone={!model.mapped ? 'warn' : failed ? 'bad' : 'good'} shape={!model.mapped ? 'ring' : failed ? 'triangle' : 'square'}>
                    {!model.mapped ? t.unmapped : failed ? t.failing : t.working}
                  </State>
                ),
              },
              { term: t.issuer, value: <Copyable text={model.issuer} /> },
              { term: t.success, value: model.lastSuccessAt === null ? t.never : <When at={model.lastSuccessAt} /> },
              { term: t.failure, value: model.lastFailureAt === null ? t.never : <When at={model.lastFailureAt} /> },
              { term: t.reason, value: model.lastFailure === null ? null : textOf(problems, model.lastFailure) },
              { term: t.linked, value: f.number(model.linked) },
              { term: t.open, value: f.number(model.open) },
            ]}
          />
        </section>
      </>
    ),
  };
};
