import type { CopyFileView, PrivacyStep, RequestView } from '../../privacy/index.js';
import { LETTER_KINDS } from '../../privacy/index.js';
import { useView } from '../components/context.js';
import { EMPTY_FORM, optionsOf, SelectField, TextArea } from '../components/forms.js';
import { Facts, PageHead, Timeline, When } from '../components/marks.js';
import { Note } from '../components/notes.js';
import { Table } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';
import { DueMark } from './privacy.js';

export interface PrivacyRequestModel {
  request: RequestView;
  /** Names of persons by id. */
  names: ReadonlyMap<string, string>;
  /** Files that may go into a copy; empty where the request asks for none. */
  files: readonly CopyFileView[];
  mayRestrict: boolean;
}

/** One request: what is asked, what happened, what comes next. */
export const privacyRequestPage: PageOf<PrivacyRequestModel> = ({ p, say, lang }, model) => {
  const { request } = model;
  const t = p.pages.privacy.view;
  const missing: Readonly<Record<string, string>> = p.privacy.missing;
  const methods: Readonly<Record<string, string>> = p.privacy.methods;
  return {
    title: request.number,
    section: 'privacy',
    body: (
      <>
        <PageHead title={`${request.number} · ${p.privacy.kinds[request.kind]}`} lead={p.privacy.states[request.state]} />
        <div class="stack">
          {request.erasures.open > 0 ? <Note kind="warn">{say(t.openItem, { ...request.erasures })}</Note> : null}
          {request.erasures.marked > 0 ? <p>{say(t.settled, { ...request.erasures })}</p> : null}
          {request.missing.length > 0 ? (
            <Note>
              {t.missing}
              {request.missing.map((one) => missing[one] ?? one).join(p.common.comma)}
            </Note>
          ) : null}
          <Facts
            facts={[
              { term: p.pages.privacy.columns.client, value: <a href={paths.client(request.client)}>{request.client}</a> },
              { term: p.pages.privacy.columns.due, value: <DueMark row={request} /> },
              { term: p.pages.privacy.columns.received, value: <When at={request.receivedAt} /> },
              { term: t.who, value: [request.name, request.contact].filter(Boolean).join(' · ') },
              { term: t.asked, value: request.asked },
              { term: t.identity, value: request.identityMethod === null ? null : methods[request.identityMethod] },
              { term: t.outcome, value: request.outcome === null ? null : p.privacy.outcomes[request.outcome] },
              { term: t.ground, value: request.ground?.[lang] },
              { term: t.law, value: request.ground?.law[lang] },
              { term: t.rules, value: request.policy },
            ]}
          />
          {request.finding ? <p>{say(t.finding, { ...request.finding })}</p> : null}
          <Next model={model} />
          <Registers request={request} />
          <Letters model={model} />
          {request.kind === 'copy' ? <Copy model={model} /> : null}
          {request.restrictions.length > 0 || model.mayRestrict ? <Restrict model={model} /> : null}
          <section>
            <h2>{t.steps}</h2>
            <Timeline
              items={request.steps.map((one) => ({
                at: one.at,
                title: `${p.privacy.steps[one.step]} · ${model.names.get(one.by) ?? ''}`,
                text: one.note,
                strong: one.step === 'decide',
              }))}
            />
          </section>
        </div>
      </>
    ),
  };
};

function Next({ model: { request } }: { model: PrivacyRequestModel }) {
  const { p } = useView();
  const t = p.pages.privacy.view;
  const open = request.openSteps.filter((step) => (step === 'decide' || step === 'bind' ? request.mayDecide : request.mayWork));
  const waitsForSecond = request.openSteps.includes('decide') && request.twoPersons && !request.mayDecide;
  if (open.length === 0 && !waitsForSecond) return null;
  return (
    <section>
      <h2>{t.next}</h2>
      {waitsForSecond ? <Note>{t.second}</Note> : null}
      <div class="row acts">
        {open.map((step) => (
          <Step key={step} step={step} request={request} />
        ))}
      </div>
    </section>
  );
}

function Step({ step, request }: { step: PrivacyStep; request: RequestView }) {
  const { p, say, lang } = useView();
  const t = p.pages.privacy.view;
  const grounds = request.grounds.filter((one) => one.outcomes.some((outcome) => request.outcomes.includes(outcome)));
  return (
    <details class="confirm" data-confirm="">
      <summary class="button">{p.privacy.steps[step]}</summary>
      <form class="stack" method="post" action={paths.privacyStep(request.id, step)}>
        <h3>{p.privacy.steps[step]}</h3>
        {step === 'identify' ? <SelectField form={EMPTY_FORM} at={step} name="method" label={t.method} must options={optionsOf(p.privacy.methods)} /> : null}
        {step === 'decide' ? (
          <>
            <SelectField
              form={EMPTY_FORM}
              at={step}
              name="outcome"
              label={t.decision}
              must
              options={request.outcomes.map((value) => ({ value, text: p.privacy.outcomes[value] }))}
            />
            <SelectField
              form={EMPTY_FORM}
              at={step}
              name="ground"
              label={t.groundField}
              blank={t.noGround}
              options={grounds.map((one) => ({ value: one.id, text: one[lang] }))}
            />
          </>
        ) : null}
        {step === 'bind' ? (
          <>
            <p>{say(t.bindLead, { count: request.erasures.bindable })}</p>
            <SelectField
              form={EMPTY_FORM}
              at={step}
              name="ground"
              label={t.groundField}
              must
              options={request.grounds.filter((one) => one.binds).map((one) => ({ value: one.id, text: one[lang] }))}
            />
          </>
        ) : null}
        <TextArea form={EMPTY_FORM} at={step} name="note" label={t.note} must={step !== 'close'} maxLength={2000} />
        <button class="button primary">{p.privacy.steps[step]}</button>
      </form>
    </details>
  );
}

function Registers({ request }: { request: RequestView }) {
  const { p, say } = useView();
  if (request.registers.length === 0) return null;
  const t = p.pages.privacy.view;
  const states: Readonly<Record<string, string>> = p.pages.disposition.registers.states;
  return (
    <section>
      <h2>{t.registers}</h2>
      <ul>
        {request.registers.map((one) => (
          <li key={one.id}>
            <a class="code" href={paths.register(one.id)}>
              {one.number}
            </a>{' '}
            {[states[one.state] ?? one.state, ...(one.certificate === null ? [] : [say(t.certificate, { number: one.certificate })])].join(' · ')}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Letters({ model: { request } }: { model: PrivacyRequestModel }) {
  const { p } = useView();
  const t = p.pages.privacy.view;
  return (
    <section>
      <h2>{t.letters}</h2>
      {request.letters.length === 0 ? <p class="muted">{t.noLetters}</p> : null}
      <ul>
        {request.letters.map((one) => (
          <li key={one.id}>
            <a href={paths.privacyLetter(request.id, one.id)}>
              {p.privacy.letters[one.kind]} · {t.langs[one.lang]}
            </a>{' '}
            <When at={one.made_at} />
          </li>
        ))}
      </ul>
      {request.mayWork ? (
        <details class="confirm" data-confirm="">
          <summary class="button">{t.makeLetter}</summary>
          <form class="stack" method="post" action={paths.privacyStep(request.id, 'letter')}>
            <SelectField
              form={EMPTY_FORM}
              at="letter"
              name="kind"
              label={t.letterKind}
              must
              options={LETTER_KINDS.map((value) => ({ value, text: p.privacy.letters[value] }))}
            />
            <SelectField form={EMPTY_FORM} at="letter" name="lang" label={t.letterLang} must options={optionsOf(t.langs)} />
            <button class="button primary">{t.makeLetter}</button>
          </form>
        </details>
      ) : null}
    </section>
  );
}

function Copy({ model: { request, files } }: { model: PrivacyRequestModel }) {
  const { p, lang } = useView();
  const t = p.pages.privacy.view;
  if (!request.mayWork) return null;
  const granted = request.state === 'decided' && (request.outcome === 'fulfil' || request.outcome === 'partly');
  return (
    <section>
      {files.length > 0 ? (
        <>
          <h2>{t.files}</h2>
          <p class="small muted">{t.filesLead}</p>
          <Table
            caption={t.files}
            rows={files}
            id={(row) => row.id}
            columns={[
              { key: 'name', head: t.files, main: true, cell: (row) => <a href={paths.record(row.recordId)}>{row.name}</a> },
              {
                key: 'state',
                head: p.pages.privacy.columns.state,
                cell: (row) => (row.approved === null ? t.undecided : row.approved ? t.included : t.leftOut),
              },
              {
                key: 'acts',
                head: p.ui.more,
                cell: (row) => (
                  <form class="row" method="post" action={paths.privacyStep(request.id, 'file')}>
                    <input type="hidden" name="file" value={row.id} />
                    <button class="button" name="approved" value="1" aria-label={`${t.include} ${row.name}`}>
                      {t.include}
                    </button>
                    <button class="button" name="approved" value="0" aria-label={`${t.leaveOut} ${row.name}`}>
                      {t.leaveOut}
                    </button>
                  </form>
                ),
              },
            ]}
          />
        </>
      ) : null}
      {granted ? (
        <form class="stack" method="post" action={paths.privacyStep(request.id, 'copy')}>
          <h2>{t.copy}</h2>
          <p class="small muted">{t.copyLead}</p>
          <input type="hidden" name="lang" value={lang} />
          <div>
            <button class="button primary">{t.copy}</button>
          </div>
        </form>
      ) : null}
    </section>
  );
}

function Restrict({ model: { request, mayRestrict } }: { model: PrivacyRequestModel }) {
  const { p } = useView();
  const t = p.pages.privacy.view;
  return (
    <section>
      <h2>{t.restrictions}</h2>
      <ul>
        {request.restrictions.map((one) => (
          <li key={one.id}>
            <a href={paths.restriction(one.id)}>
              {p.values.restrictionGround[one.ground]} · {p.values.restrictionState[one.state]}
            </a>
          </li>
        ))}
      </ul>
      {mayRestrict ? (
        <details class="confirm" data-confirm="">
          <summary class="button">{t.restrict}</summary>
          <form class="stack" method="post" action={paths.restrictions}>
            <p>{request.erasures.marked > 0 ? t.restrictRestLead : t.restrictLead}</p>
            <input type="hidden" name="request" value={request.id} />
            <SelectField form={EMPTY_FORM} at="restrict" name="ground" label={t.groundField} must options={optionsOf(p.values.restrictionGround)} />
            <TextArea form={EMPTY_FORM} at="restrict" name="reason" label={t.reason} must maxLength={1000} />
            <button class="button primary">{t.restrict}</button>
          </form>
        </details>
      ) : null}
    </section>
  );
}
