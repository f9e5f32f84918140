import type { AllPhrases } from '../../phrases/index.js';
import { useView } from '../components/context.js';
import { Confirm, ErrorSummary, optionsOf, SelectField, TextArea, type FormState } from '../components/forms.js';
import { Crumbs, Facts, PageHead, Section, State, When } from '../components/marks.js';
import { Empty } from '../components/notes.js';
import { Table } from '../components/tables.js';
import type { PageOf } from '../page.js';
import { paths } from '../paths.js';

type Texts = AllPhrases['pages']['keyPlaces'];
type Fate = keyof Texts['fates'];

export interface KeyPlaceModel {
  id: string;
  /** `null` where it cannot be reached. */
  place: string | null;
  since: string;
  ended: Fate | null;
}

export interface PlaceEndModel {
  id: string;
  place: string;
  fate: Fate;
  words: string;
  at: string;
  by: string;
  own: boolean;
  decidedBy: string | null;
  decision: keyof Texts['decisions'] | null;
}

export interface KeyPlacesModel {
  places: readonly KeyPlaceModel[];
  ends: readonly PlaceEndModel[];
  /** How long a confirmation is good for. */
  days: number;
  mayPropose: boolean;
  mayConfirm: boolean;
  form: FormState;
}

export const keyPlacesPage: PageOf<KeyPlacesModel> = ({ p }, model) => {
  const t = p.pages.keyPlaces;
  const open = model.ends.filter((row) => row.decision === null);
  return {
    title: t.title,
    section: 'system',
    body: (
      <div class="stack-l">
        <div>
          <Crumbs crumbs={[{ text: p.pages.system.title, href: paths.system }, { text: t.title }]} />
          <PageHead title={t.title} lead={t.lead} />
        </div>
        <Section title={t.places}>
          <Places rows={model.places} />
        </Section>
        {open.length > 0 ? (
          <Section title={t.waiting}>
            <div class="stack-l">
              {open.map((row) => (
                <Open row={row} mayConfirm={model.mayConfirm} days={model.days} />
              ))}
            </div>
          </Section>
        ) : null}
        {model.mayPropose ? <Propose model={model} open={open} /> : null}
        <Section title={t.earlier}>
          <Decided rows={model.ends.filter((row) => row.decision !== null)} />
        </Section>
      </div>
    ),
  };
};

function Places({ rows }: { rows: readonly KeyPlaceModel[] }) {
  const { p } = useView();
  const t = p.pages.keyPlaces;
  if (rows.length === 0) return <Empty title={t.none.title}>{t.none.text}</Empty>;
  return (
    <Table
      caption={t.places}
      rows={rows}
      id={(row) => row.id}
      columns={[
        { key: 'id', head: t.id, main: true, cell: (row) => <span class="code">{row.id}</span> },
        { key: 'place', head: t.place, cell: (row) => row.place ?? '' },
        { key: 'since', head: t.since, cell: (row) => <When at={row.since} /> },
        {
          key: 'state',
          head: t.state,
          cell: (row) => {
            if (row.ended !== null)
              return (
                <State tone="plain" shape="cross">
                  {t.fates[row.ended]}
                </State>
              );
            return (
              <State tone={row.place === null ? 'warn' : 'good'} shape={row.place === null ? 'half' : 'square'}>
                {row.place === null ? t.away : t.here}
              </State>
            );
          },
        },
      ]}
    />
  );
}

function Propose({ model, open }: { model: KeyPlacesModel; open: readonly PlaceEndModel[] }) {
  const { p } = useView();
  const t = p.pages.keyPlaces;
  const { form } = model;
  const away = model.places.filter((row) => row.place === null && row.ended === null && !open.some((one) => one.place === row.id));
  return (
    <Section title={t.propose}>
      {away.length === 0 ? (
        <p class="small muted">{t.nothingAway}</p>
      ) : (
        <form class="stack" method="post" action={paths.keyPlaces}>
          <ErrorSummary form={form} labels={(field) => (field === 'fate' ? t.fate : t.words)} />
          <p class="small muted">{t.proposeLead}</p>
          <SelectField form={form} name="place" label={t.id} options={away.map((row) => ({ value: row.id, text: row.id }))} must />
          <SelectField form={form} name="fate" label={t.fate} options={optionsOf(t.fates)} must />
          <TextArea form={form} name="words" label={t.words} hint={t.wordsHint} maxLength={2000} must />
          <div>
            <button class="button primary">{t.propose}</button>
          </div>
        </form>
      )}
    </Section>
  );
}

function Open({ row, mayConfirm, days }: { row: PlaceEndModel; mayConfirm: boolean; days: number }) {
  const { p, say } = useView();
  const t = p.pages.keyPlaces;
  return (
    <div class="stack">
      <Facts
        facts={[
          { term: t.id, value: <span class="code">{row.place}</span> },
          { term: t.fate, value: t.fates[row.fate] },
          { term: t.words, value: row.words },
          { term: t.by, value: row.by },
          { term: t.at, value: <When at={row.at} /> },
        ]}
      />
      {mayConfirm && !row.own ? (
        <div class="actions">
          <Confirm action={paths.keyPlaceEnd(row.id)} open={t.confirm} title={t.confirm} submit={t.confirm} hidden={{ agree: '1' }} danger>
            {say(t.confirmLead, { id: row.place, fate: t.fates[row.fate], code: row.fate, days })}
          </Confirm>
          <form method="post" action={paths.keyPlaceEnd(row.id)}>
            <button class="button" name="agree" value="0">
              {t.refuse}
            </button>
          </form>
        </div>
      ) : (
        <p class="small muted">{t.otherPerson}</p>
      )}
    </div>
  );
}

function Decided({ rows }: { rows: readonly PlaceEndModel[] }) {
  const { p } = useView();
  const t = p.pages.keyPlaces;
  if (rows.length === 0) return <Empty title={t.noEnds.title}>{t.noEnds.text}</Empty>;
  return (
    <Table
      caption={t.earlier}
      rows={rows}
      id={(row) => row.id}
      columns={[
        { key: 'at', head: t.at, main: true, cell: (row) => <When at={row.at} /> },
        { key: 'id', head: t.id, cell: (row) => <span class="code">{row.place}</span> },
        { key: 'fate', head: t.fate, cell: (row) => t.fates[row.fate] },
        { key: 'words', head: t.words, cell: (row) => row.words },
        { key: 'by', head: t.by, cell: (row) => row.by },
        { key: 'decided', head: t.decidedBy, cell: (row) => row.decidedBy ?? '' },
        {
          key: 'decision',
          head: t.decision,
          cell: (row) => (
            <State tone={row.decision === 'confirmed' ? 'warn' : 'plain'} shape={row.decision === 'refused' ? 'cross' : 'half'}>
              {row.decision === null ? '' : t.decisions[row.decision]}
            </State>
          ),
        },
      ]}
    />
  );
}
