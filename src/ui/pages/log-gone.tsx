import { useView } from '../components/context.js';
import { Note } from '../components/notes.js';

/** Logs whose entries are gone by rule, of the time that was asked for. */
export type GoneModel = readonly { log: string; first: Date; last: Date; at: Date; procedure: string }[];

/** Says that entries that were asked for are gone by rule; nothing where none are. */
export function GoneNotes({ gone }: { gone: GoneModel }) {
  const { p, say, f } = useView();
  return (
    <>
      {gone.map(({ log, first, last, at, procedure }) => (
        <Note key={log} kind="warn" role="status">
          {say(p.pages.logTerms.gone, { log, from: f.date(first), to: f.date(last), day: f.date(at), procedure })}
        </Note>
      ))}
    </>
  );
}
