import { type Queryable, sql, type Sql, type Tx } from '../db/index.js';

export interface Erasures {
  /** Records that the decision marked. */
  marked: number;
  /** Of those, what is neither destroyed nor bound. */
  open: number;
  destroyed: number;
  /** Something came to stand against it: restricted instead. */
  bound: number;
  /** Marked, on no register, and something stands against it today. */
  bindable: number;
}

/** Marked, not bound yet, on no register, and a hold or what law prescribes stands against it: of a mark `e` and its record `r`. */
const bindable = (today: string): Sql => sql`(e.bound_at is null and (r.held or record_is_held(r.id) or r.term_minimum >= ${today}::date)
  and not exists (select from destruction_items i where i.record_id = r.id and i.state in ('listed', 'destroying', 'shredded', 'destroyed')))`;

/** What became of the records that a request marked, on a day. */
export function erasuresOf(db: Queryable, request: string, today: string): Promise<Erasures> {
  return db.one(sql`select count(*)::int as marked, (count(*) filter (where r.state <> 'destroyed' and e.bound_at is null))::int as open,
      (count(*) filter (where r.state = 'destroyed'))::int as destroyed, (count(*) filter (where e.bound_at is not null))::int as bound,
      (count(*) filter (where ${bindable(today)}))::int as bindable
    from privacy_erasures e join records r on r.id = e.record_id where e.request_id = ${request}`);
}

/** Binds marks against which something stands by now; how many. Under the locks of the client's records. */
export function bindMarks(tx: Tx, request: string, today: string, one: { ground: string; at: Date; entry: string }): Promise<number> {
  return tx.run(sql`update privacy_erasures e set bound_at = ${one.at}, bound_ground = ${one.ground}, bound_entry = ${one.entry} from records r
    where e.request_id = ${request} and r.id = e.record_id and ${bindable(today)}`);
}

/** The grounds on which marks were bound. */
export async function boundGrounds(db: Queryable, request: string): Promise<string[]> {
  const rows = await db.many<{ ground: string }>(
    sql`select distinct bound_ground as ground from privacy_erasures where request_id = ${request} and bound_at is not null order by 1`,
  );
  return rows.map((row) => row.ground);
}

/**
 * A client's records that are there and that a request does not have destroyed: those that it can only restrict. `left`: what no
 * restriction that was proposed for the request names yet, or none that stands.
 */
export async function keptOf(db: Queryable, request: string, client: string): Promise<{ all: number; left: string[] }> {
  const rows = await db.many<{ id: string; named: boolean }>(sql`select r.id, exists (select from restriction_records x
        join restrictions s on s.id = x.restriction_id and s.request_id = ${request} and s.state in ('proposed', 'setting', 'live', 'release_proposed') where x.record_id = r.id) as named
    from records r
    where r.client_number = ${client} and r.state not in ('destroying', 'shredded', 'destroyed', 'transferred') and not r.restricted
      and not exists (select from privacy_erasures e where e.request_id = ${request} and e.record_id = r.id and e.bound_at is null) order by r.id`);
  return { all: rows.length, left: rows.filter((row) => !row.named).map((row) => row.id) };
}

export interface ErasureRegister {
  id: string;
  number: string;
  state: string;
  /** Its certificate, once there is one. */
  certificate: string | null;
  /** When it was carried out. */
  executedAt: Date | null;
}

/**
 * The registers that carry a request out, or came to nothing: made for it, or, where a marked record had fallen due by itself, those
 * that destroyed it once its term was over.
 */
export function registersOf(db: Queryable, request: string): Promise<ErasureRegister[]> {
  return db.many<ErasureRegister>(sql`select g.id, g.number, g.state, u.executed_at as "executedAt",
      (select c.number from destruction_certificates c where c.register_id = g.id and c.kind = 'main') as certificate
    from destruction_registers g left join destruction_runs u on u.register_id = g.id
    where g.request_id = ${request} or g.id in (select i.register_id from privacy_erasures e join destruction_items i on i.record_id = e.record_id
      where e.request_id = ${request} and i.state in ('destroying', 'shredded', 'destroyed')) order by g.made_at, g.id`);
}

/** Of a catalogue that was restored: what the ledger of destructions says of a request's records, whose register and certificate are not in it. */
export function replayedOf(db: Queryable, request: string): Promise<{ number: string; at: Date }[]> {
  return db.many<{ number: string; at: Date }>(sql`select distinct l.register_number as number, l.at from privacy_erasures e
    join destruction_ledger_records x on x.record_id = e.record_id and x.replayed join destruction_ledger l on l.number = x.number where e.request_id = ${request} order by l.at`);
}
