import type { RestrictionView } from '../../records/index.js';
import { Confirm, EMPTY_FORM, TextArea } from '../components/forms.js';
import { Facts, PageHead, When } from '../components/marks.js';
import { Note } from '../components/notes.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

export interface RestrictionModel {
  restriction: RestrictionView;
  names: ReadonlyMap<string, string>;
  mayRelease: boolean;
}

/** One restriction: what it covers, who set it, and the answer that waits. */
export const restrictionPage: PageOf<RestrictionModel> = ({ p, say }, { restriction, names, mayRelease }) => {
  const t = p.pages.privacy.restriction;
  const waits = restriction.state === 'proposed' || restriction.state === 'release_proposed';
  const person = (id: string | null) => (id === null ? null : (names.get(id) ?? ''));
  const title = restriction.client === null ? t.named : say(t.client, { client: restriction.client });
  return {
    title,
    section: 'privacy',
    body: (
      <>
        <PageHead title={title} lead={p.values.restrictionState[restriction.state]} />
        <div class="stack">
          <Facts
            facts={[
              { term: t.columns.ground, value: p.values.restrictionGround[restriction.ground] },
              { term: t.reason, value: restriction.reason },
              { term: t.columns.by, value: person(restriction.proposedBy) },
              { term: t.columns.at, value: <When at={restriction.proposedAt} /> },
              { term: t.decided, value: person(restriction.decidedBy) },
              { term: t.releaseReason, value: restriction.releaseReason },
              { term: t.released, value: person(restriction.releasedBy) },
              { term: t.columns.records, value: String(restriction.records) },
              { term: t.request, value: restriction.requestId === null ? null : <a href={paths.privacyRequest(restriction.requestId)}>{t.request}</a> },
            ]}
          />
          <section>
            <h2>{t.covered}</h2>
            <ul>
              {restriction.covered.map((one) => (
                <li key={one.id}>
                  <a href={paths.record(one.id)}>{one.title}</a> <span class="code">{one.archivalCode ?? one.serviceNo}</span>
                </li>
              ))}
            </ul>
          </section>
          {restriction.state === 'setting' || restriction.state === 'releasing' ? (
            <Note>{say(t.underWay[restriction.state], { count: restriction.records })}</Note>
          ) : null}
          {waits ? (
            <div class="row">
              {restriction.own ? (
                <Note>{t.own}</Note>
              ) : (
                <Confirm
                  action={paths.restrictionAct(restriction.id, 'answer')}
                  open={t.agree}
                  title={title}
                  submit={t.agree}
                  danger={restriction.state === 'proposed'}
                  hidden={{ agree: '1' }}
                >
                  {say(restriction.state === 'proposed' ? t.agreeLead : t.agreeReleaseLead, { count: restriction.records })}
                </Confirm>
              )}
              <Confirm
                action={paths.restrictionAct(restriction.id, 'answer')}
                open={restriction.own ? t.takeBack : t.refuse}
                title={title}
                submit={restriction.own ? t.takeBack : t.refuse}
                hidden={{ agree: '0' }}
              >
                {say(t[restriction.own ? 'takeBackLead' : 'refuseLead'][restriction.state === 'proposed' ? 'set' : 'release'], { count: restriction.records })}
              </Confirm>
            </div>
          ) : null}
          {mayRelease && restriction.state === 'live' ? (
            <form class="stack" method="post" action={paths.restrictionAct(restriction.id, 'release')}>
              <TextArea form={EMPTY_FORM} name="reason" label={t.releaseReason} must maxLength={1000} />
              <div>
                <button class="button">{t.release}</button>
              </div>
            </form>
          ) : null}
        </div>
      </>
    ),
  };
};
