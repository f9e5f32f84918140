import { isPermanent, PERMANENT, type Condition, type Period } from '../../classification/index.js';
import { FALSE, ident, join, sql, type Sql, TRUE } from '../../db/index.js';
import type { Rule, Schedule } from '../../retention/index.js';

/** What a field that rules may ask for is in the catalogue; null where a record has not said. */
const FIELDS: Readonly<Record<string, Sql>> = {
  kind: sql`'service'`,
  serviceType: sql`r.service_type`,
  clientType: sql`r.client_type`,
  channel: sql`r.channel`,
  medium: sql`r.medium`,
  sensitivity: sql`r.sensitivity`,
  specialTerm: sql`case when r.special_term in ('asked', 'confirmed') then r.special_term end`,
};
const LISTS: Readonly<Record<string, Sql>> = {
  tags: sql`r.tags`,
  forms: sql`case when r.has_feedback then array['feedback'] else array[]::text[] end`,
};
const NULL: Sql = sql`null`;
const LAST: Sql = sql`date '9999-12-31'`;

function conditionSql(when: Condition): Sql {
  if ('all' in when) return sql`(${join(when.all.map(conditionSql), ' and ', TRUE)})`;
  if ('any' in when) return sql`(${join(when.any.map(conditionSql), ' or ', FALSE)})`;
  const list = Object.hasOwn(LISTS, when.field) ? LISTS[when.field] : undefined;
  const field = (Object.hasOwn(FIELDS, when.field) ? FIELDS[when.field] : undefined) ?? sql`null::text`;
  if ('in' in when) {
    const values = when.in.map(String);
    return list ? sql`${list} && ${values}::text[]` : sql`coalesce(${field} = any (${values}::text[]), false)`;
  }
  const present = list ? sql`exists (select from unnest(${list}) said where btrim(said) <> '')` : sql`(${field}) is not null`;
  return when.is === 'present' ? present : sql`not (${present})`;
}

/** The instant from which a rule counts; `names` are those of the events that the schedule speaks of. */
function triggerSql({ trigger }: Rule, names: readonly string[]): Sql {
  if (trigger.on === 'closing') return sql`r.closed_at`;
  if (trigger.on === 'last_contact') return sql`greatest(r.closed_at, e.contact)`;
  return sql`coalesce(e.named[${names.indexOf(trigger.name) + 1}::int], r.closed_at)`;
}

const months = ({ years, months: more }: Period): number => years * 12 + more;
const list = (items: readonly Sql[]): Sql => join(items, ', ', NULL);

function plus(day: Sql, period: Period): Sql {
  // `least` passes over nulls, so that they are asked for first
  const end = isPermanent(period) ? LAST : sql`least((${day} + make_interval(months => ${months(period)}::int))::date, ${LAST})`;
  return sql`case when ${day} is not null then ${end} end`;
}

/** A period that never ends, in months. */
const PERMANENT_MONTHS = months(PERMANENT);

/** The events of records, gathered: of the one that `of` names, or of each. Of extensions one that keeps for good stands before all others, then the latest. */
function eventsSql(names: readonly string[], of: Sql | null): Sql {
  const named = names.map((name) => sql`max(x.at) filter (where x.kind = 'event' and x.name = ${name})`);
  const order = sql`order by x.months >= ${PERMANENT_MONTHS}::int desc, x.at desc, x.id) filter (where x.kind = 'extension'))[1]`;
  const where = of === null ? sql`` : sql`where record_id = ${of}`;
  return sql`select ${of === null ? sql`x.record_id,` : sql``} max(x.at) filter (where x.kind = 'contact') as contact, array[${list(named)}]::timestamptz[] as named,
      (array_agg(x.months ${order} as extension, (array_agg(x.basis ${order} as basis, max(x.until) filter (where x.kind = 'extension') as signed,
      max(x.until) filter (where x.kind = 'promised') as kept, max(x.minimum) filter (where x.kind = 'promised') as kept_minimum
    from (select record_id, kind, name, at, months, until, minimum, null as basis, id from record_events ${where}
      union all
      select record_id, 'extension', '', at, case when permanent then ${PERMANENT_MONTHS}::int else years * 12 + months end, until, null, case when permanent then basis end, 0
        from record_extensions ${where}) x ${of === null ? sql`group by x.record_id` : sql``}`;
}

/**
 * What `decide` says of records, as a query: `id, until, minimum, maximum, rule, extended`, `rule` null where none matches; and what
 * `reasonsSql` makes the derivation from. Every stage keeps its values (`offset 0`), so that no date is reckoned twice.
 * @param source of the records: columns of `records`
 * @param carry further columns of the source that the answer repeats
 * @param whole the source is most of the archive: events are gathered once for all, not record by record
 */
export function decideSql({ rules, timeZone }: Pick<Schedule, 'rules' | 'timeZone'>, source: Sql, carry: readonly string[] = [], whole = false): Sql {
  const names = [...new Set(rules.flatMap(({ trigger }) => (trigger.on === 'event' ? [trigger.name] : [])))];
  const anchors = rules.map((rule) => sql`case when ${conditionSql(rule.match)} then (${triggerSql(rule, names)} at time zone ${timeZone})::date end`);
  const at = (i: number): Sql => sql`a.anchors[${i + 1}::int]`;
  const untils = rules.map((rule, i) => plus(at(i), rule.period));
  const minimums = rules.map((rule, i) => plus(at(i), rule.minimum));
  const maximums = rules.map((rule) => (isPermanent(rule.maximum) ? null : months(rule.maximum)));
  const each = (array: 'u.untils' | 'u.minimums'): Sql => list(rules.map((_, i) => sql`${ident(array)}[${i + 1}::int]`));
  const events = whole ? sql`left join (${eventsSql(names, null)}) e on e.record_id = r.id` : sql`cross join lateral (${eventsSql(names, sql`r.id`)}) e`;
  const [inner, outer] = ['r', 'p'].map((alias) =>
    join(
      ['id', ...carry].map((name) => ident(`${alias}.${name}`)),
      ', ',
      NULL,
    ),
  ) as [Sql, Sql];
  return sql`
    select ${outer}, p.extended, p.place, p.anchor, p.ruled, p.extension, p.basis, p.asked, p.signed, p.anchors, p.untils, p.minimums, p.floor,
        (${rules.map(({ id }) => id)}::text[])[p.place] as rule, case when p.place is not null then greatest(p.ruled, p.asked, p.signed, p.kept) end as until,
        case when p.place is not null then greatest(p.floor, p.kept_minimum) end as minimum,
        case when p.place is not null then greatest(case when p.most is null then ${LAST} else least((p.anchor + make_interval(months => p.most))::date, ${LAST}) end,
          p.floor, p.kept_minimum, p.ruled, p.asked, p.signed) end as maximum
      from (select g.*, g.anchors[g.place] as anchor, (${maximums}::int[])[g.place] as most,
          case when g.extended then least((g.anchors[g.place] + make_interval(months => g.extension))::date, ${LAST}) end as asked
        from (select m.*, case when m.ruled is not null then array_position(m.untils, m.ruled) end as place
          from (select u.*, greatest(${each('u.untils')}) as ruled, greatest(${each('u.minimums')}) as floor
            from (select a.*, array[${list(untils)}]::date[] as untils, array[${list(minimums)}]::date[] as minimums
              from (select ${inner}, e.extension, e.extension is not null as extended, e.basis, e.signed, e.kept, e.kept_minimum, array[${list(anchors)}]::date[] as anchors
                from (${source}) r ${events} offset 0) a offset 0) u offset 0) m offset 0) g offset 0) p`;
}

/**
 * The derivation that `decide` gives, as JSON, of rows `d` of `decideSql` that carry `special_term`; without what depends on the day
 * for which it is asked, and without holds. Put together as text and read once: of a million records that is most of the work.
 */
export function reasonsSql({ rules }: Pick<Schedule, 'rules'>): Sql {
  const text = (one: unknown): string => JSON.stringify(one);
  const ids = rules.map(({ id }) => text(id));
  const asked = sql`greatest(d.asked, d.ruled)`;
  const settled = sql`greatest(d.asked, d.ruled, d.signed)`;
  const ruled = rules.map(({ id, trigger, period }, i) => {
    const [anchor, until] = [sql`d.anchors[${i + 1}::int]`, sql`d.untils[${i + 1}::int]`];
    const start = `{"code":"rule","rule":${text(id)},"trigger":${text(trigger.on)},"period":${text(period)},"anchor":"`;
    // null where it does not match, and passed over
    return sql`${start}::text || ${anchor} || '","until":"' || ${until} || case when d.place = ${i + 1}::int then '","decides":true}' else '","decides":false}' end`;
  });
  const floor = sql`(${ids}::text[])[case when d.minimums[d.place] = d.floor then d.place else array_position(d.minimums, d.floor) end]`;
  return sql`('[' || concat_ws(',', ${list(ruled)},
      case when extract(day from d.anchor) <> extract(day from d.ruled) then '{"code":"month_end","anchor":"' || d.anchor || '","until":"' || d.ruled || '"}' end,
      case when d.special_term = 'asked' then '{"code":"special_asked"}' end,
      case when d.extension >= ${PERMANENT_MONTHS}::int then '{"code":"kept","basis":' || to_json(coalesce(d.basis, ''))::text || '}' end,
      case when d.extension < ${PERMANENT_MONTHS}::int then '{"code":"extended","period":{"years":' || d.extension / 12 || ',"months":' || d.extension % 12 || '},"anchor":"' || d.anchor
        || '","until":"' || ${asked} || '"}' end,
      case when d.signed > ${asked} then '{"code":"signed","until":"' || d.signed || '"}' end,
      case when d.until > ${settled} then '{"code":"promised","until":"' || d.until || '"}' end,
      '{"code":"minimum","rule":' || ${floor} || ',"day":"' || d.minimum || '"}',
      '{"code":"maximum","rule":' || (${ids}::text[])[d.place] || ',"day":"' || d.maximum || '"}') || ']')::jsonb`;
}
