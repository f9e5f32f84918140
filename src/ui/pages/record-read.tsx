import { useView } from '../components/context.js';
import { Choices, TextArea, TextField, type FormState, type Option } from '../components/forms.js';
import { Icon } from '../components/icons.js';
import { Note } from '../components/notes.js';
import { paths } from '../paths.js';
import { EmergencyFields } from './grants.js';

/** What stands in the place of the content: how this viewer comes to it. */
export type ReadingOffer =
  | {
      kind: 'may';
      purposes: readonly Option[];
      /** The last purpose and ticket, offered for one keystroke. */
      last: { purpose: string; text: string; ticket: string | null } | null;
      form: FormState;
    }
  | { kind: 'open'; readingId: string; remainingSeconds: number }
  | {
      kind: 'denied';
      rule: string;
      policy: string;
      /** Where rules allow it at once, for a reason; `null` elsewhere. */
      emergency: { purposes: readonly Option[]; form: FormState } | null;
    }
  | { kind: 'not_archived' };

/** Reading starts with one purpose and one key. */
export function ReadPanel({ recordId, offer }: { recordId: string; offer: ReadingOffer }) {
  const { p, f, say } = useView();
  const t = p.pages.record.read;
  if (offer.kind === 'open') {
    return (
      <div class="panel stack no-print">
        <h2>{t.title}</h2>
        <p>{say(t.openNow, { time: f.clock(offer.remainingSeconds) })}</p>
        <a class="button primary large" href={paths.reading(offer.readingId)} data-key="Enter">
          {t.continue}
        </a>
      </div>
    );
  }
  if (offer.kind === 'denied') {
    return (
      <div class="panel stack">
        <h2>{t.title}</h2>
        <p class="row">
          <Icon name="lock" /> {t.denied}
        </p>
        <p class="small muted">{say(t.deniedWhy, { rule: offer.rule, policy: offer.policy })}</p>
        <a class="button primary no-print" href={paths.newRequestFor(recordId)}>
          {t.apply}
        </a>
        {offer.emergency ? <Emergency recordId={recordId} {...offer.emergency} /> : null}
      </div>
    );
  }
  if (offer.kind === 'not_archived') return <Note kind="info">{t.notArchived}</Note>;
  return (
    <div class="panel stack no-print">
      <h2>{t.title}</h2>
      <p class="small muted">{t.lead}</p>
      {offer.last ? <Again recordId={recordId} last={offer.last} /> : null}
      {offer.last ? (
        <details class="more">
          <summary>{t.other}</summary>
          <Ask recordId={recordId} offer={offer} />
        </details>
      ) : (
        <Ask recordId={recordId} offer={offer} />
      )}
    </div>
  );
}

type Offered = Extract<ReadingOffer, { kind: 'may' }>;

function Again({ recordId, last }: { recordId: string; last: NonNullable<Offered['last']> }) {
  const { p, say } = useView();
  const t = p.pages.record.read;
  return (
    <form method="post" action={paths.openReading(recordId)} data-read-again="">
      <input type="hidden" name="purpose" value={last.purpose} />
      {last.ticket ? <input type="hidden" name="ticket" value={last.ticket} /> : null}
      <button class="button primary large">
        <Icon name="eye" />
        {last.ticket ? say(t.againTicket, { purpose: last.text, ticket: last.ticket }) : say(t.again, { purpose: last.text })}
        <kbd aria-hidden="true">R</kbd>
      </button>
    </form>
  );
}

function Ask({ recordId, offer }: { recordId: string; offer: Offered }) {
  const { p } = useView();
  const t = p.pages.record.read;
  return (
    <form class="stack" method="post" action={paths.openReading(recordId)}>
      <Choices form={offer.form} name="purpose" label={t.purpose} options={offer.purposes} must keys />
      <TextArea form={offer.form} name="detail" label={t.detail} rows={2} maxLength={500} />
      <TextField form={offer.form} name="ticket" label={t.ticket} maxLength={64} mono />
      <button class={offer.last ? 'button' : 'button primary large'}>{t.submit}</button>
    </form>
  );
}

function Emergency({ recordId, purposes, form }: { recordId: string; purposes: readonly Option[]; form: FormState }) {
  const { p } = useView();
  const t = p.pages.grants.emergency;
  return (
    <details class="confirm bad no-print" open={form.errors.length > 0}>
      <summary class="button danger">{t.open}</summary>
      <form class="stack" method="post" action={paths.emergency(recordId)}>
        <p class="small">{t.lead}</p>
        <EmergencyFields form={form} purposes={purposes} />
      </form>
    </details>
  );
}
