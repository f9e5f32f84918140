import { systemActor, textEntries, type Actor, type Audit } from '../../audit/index.js';
import { announceChange, assertSeen, changesSeen, closeChange, stepOnRecord, type AccessControl } from '../../access/index.js';
import type { SchemeSet } from '../../classification/index.js';
import { canonicalJson } from '../../crypto/index.js';
import type { Db, Tx } from '../../db/index.js';
import { CodedError } from '../../errors/index.js';
import { diffSchedules, type ScheduleSet } from '../../retention/index.js';
import * as store from './store.js';
import { MORE_RULE_KINDS, type MoreRuleKind, type RuleKind, type RuleRow, type RuleState } from './store.js';

export interface RulesDeps {
  db: Db;
  audit: Pick<Audit, 'append' | 'appendMany'>;
  access: Pick<AccessControl, 'authorize' | 'version'>;
  /** What lies in the program's folders. */
  schemes: SchemeSet;
  schedules: ScheduleSet;
  /** Further kinds of rule files, which have the same life. */
  more?: Partial<Record<MoreRuleKind, readonly RuleFile[]>>;
  now(): Date;
}

/** As much of a rule file as its life needs. */
export interface RuleFile {
  /** `general@2026-01` */
  readonly name: string;
  readonly digest: string;
}

/** A version of scheme or schedule as the page of rules shows it. */
export interface RuleVersion {
  id: string;
  kind: RuleKind;
  /** `general@2026-01` */
  name: string;
  digest: string;
  state: RuleState;
  firstSeen: Date;
  activatedAt: Date | null;
  endedAt: Date | null;
  agreedBy: string | null;
  confirmedBy: string | null;
  /** Whether the audit administrator has seen it. */
  seen: boolean;
  /** Some record might be kept less long under it, so that compliance must consent. */
  shortens: boolean;
  consentedBy: string | null;
}

/** Scheme and schedule over their life: shipped, proposed, approved by two persons, in force, superseded. */
export interface Rules {
  /** The same sets, whose `newest` is the version that acts. */
  schemes: SchemeSet;
  schedules: ScheduleSet;
  /** The version of a further kind that acts, among those that were handed in. Throws `policy_invalid` when none does. */
  acting<T extends RuleFile>(kind: MoreRuleKind, versions: readonly T[]): T;
  /**
   * Puts what lies in the folders on record. The first versions ever are approved by a bootstrap entry; a later one waits for
   * approval while the former goes on. A version that was edited after it was put on record refuses the start.
   */
  start(): Promise<void>;
  stop(): Promise<void>;
  list(actor: Actor, kind?: RuleKind): Promise<RuleVersion[]>;
  agree(actor: Actor, id: string): Promise<void>;
  /** Compliance lets a schedule act that may shorten terms: a third person, beside who approves and who countersigns. */
  consent(actor: Actor, id: string): Promise<void>;
  confirm(actor: Actor, id: string): Promise<void>;
  refuse(actor: Actor, id: string): Promise<void>;
}

/** After a failed look the rules are looked for again so soon; until then nothing is decided by them. */
const RETRY_MS = 1_000;
const KINDS: readonly RuleKind[] = ['scheme', 'schedule', ...MORE_RULE_KINDS];

export function createRules(deps: RulesDeps): Rules {
  const acting: Partial<Record<RuleKind, string>> = {};
  let retry: NodeJS.Timeout | undefined;
  let listener: { close(): Promise<void> } | undefined;

  async function reload(): Promise<void> {
    const rows = await store.ruleFiles(deps.db);
    for (const kind of KINDS) {
      delete acting[kind]; // a version that cannot be found must not leave the former one in force
      const name = rows.find((row) => row.kind === kind && row.state === 'active')?.name;
      if (name !== undefined) acting[kind] = name;
    }
  }

  function again(): void {
    reload().catch(() => {
      for (const kind of KINDS) delete acting[kind];
      clearTimeout(retry);
      retry = setTimeout(again, RETRY_MS).unref();
    });
  }

  function actingIn<T extends { name: string }>(kind: RuleKind, versions: readonly T[]): T {
    const found = versions.find((one) => one.name === acting[kind]);
    if (!found) throw new CodedError('policy_invalid', { detail: `no version of the ${kind} acts` });
    return found;
  }

  function filesOf(kind: RuleKind): readonly RuleFile[] {
    if (kind === 'scheme') return deps.schemes.versions;
    return kind === 'schedule' ? deps.schedules.versions : (deps.more?.[kind] ?? []);
  }

  async function log(tx: Tx, actor: Actor, step: string, row: Pick<RuleRow, 'kind' | 'name' | 'digest'>): Promise<{ id: string }> {
    return deps.audit.append(tx, {
      actor,
      act: `${row.kind}.${step}`,
      subject: { kind: row.kind, id: row.name },
      decision: 'allow',
      ...(actor.kind === 'person' ? { policy: deps.access.version() } : {}),
      facts: { digest: row.digest },
    });
  }

  async function take(tx: Tx, kind: RuleKind, versions: readonly RuleFile[]): Promise<void> {
    const known = (await store.ruleFiles(tx)).filter((row) => row.kind === kind);
    for (const one of versions) {
      const before = known.find((row) => row.name === one.name);
      if (before && before.digest !== one.digest)
        throw new CodedError('policy_invalid', {
          detail: `${kind} ${one.name} was edited after it had been put on record: give the change a version of its own`,
        });
    }
    const active = known.find((row) => row.state === 'active');
    if (active && !versions.some((one) => one.name === active.name))
      throw new CodedError('policy_invalid', { detail: `${kind} ${active.name} acts, but its file is gone` });
    const newest = versions.at(-1);
    const system = systemActor('rules-start');
    for (const one of versions) {
      if (known.some((row) => row.name === one.name)) continue;
      const first = known.length === 0;
      // of what lay there before, only the newest can be meant to act
      const state = first ? (one === newest ? 'active' : 'superseded') : one === newest ? 'proposed' : 'superseded';
      if (state === 'proposed') await withdraw(tx, system, known);
      const entry = await log(tx, system, state === 'proposed' ? 'propose' : state === 'active' ? 'in_force' : 'record', {
        kind,
        name: one.name,
        digest: one.digest,
      });
      const id = await store.insertRule(tx, {
        kind,
        name: one.name,
        digest: one.digest,
        canonical: canonicalJson(one),
        entry: entry.id,
        state,
        at: deps.now(),
        shortens: state === 'proposed' && kind === 'schedule' && active !== undefined && mayShorten(active.name, one.name),
      });
      if (state === 'proposed') await announceChange(tx, { id, kind, facts: { name: one.name, digest: one.digest }, proposedBy: null, now: deps.now() });
    }
  }

  /** The whole text, so that why a record was kept until a day follows from the log alone; under the digest that decisions name. */
  async function logTexts(tx: Tx): Promise<void> {
    const rows = await store.rulesOffRecord(tx);
    if (rows.length === 0) return;
    for (const { kind, name, canonical } of rows) {
      const { digest: _digest, name: _name, ...content } = JSON.parse(canonical) as Record<string, unknown>;
      const entry = { actor: systemActor('rules-start'), act: 'rules.text', subject: { kind, id: name } };
      await deps.audit.appendMany(tx, textEntries(entry, canonicalJson(content)));
    }
    await store.markOnRecord(
      tx,
      rows.map((row) => row.id),
    );
  }

  function mayShorten(before: string, after: string): boolean {
    return diffSchedules(deps.schedules.get(before), deps.schedules.get(after)).shortens.length > 0;
  }

  /** A version that waited gives way to a newer one. */
  async function withdraw(tx: Tx, system: Actor, known: readonly RuleRow[]): Promise<void> {
    for (const row of known.filter((one) => one.state === 'proposed' || one.state === 'agreed')) {
      await store.endRule(tx, row.id, 'superseded', null, deps.now());
      await closeChange(tx, row.id, deps.now());
      await log(tx, system, 'withdraw', row);
    }
  }

  function personOf(actor: Actor, act: 'policy.activate' | 'policy.confirm' | 'schedule.consent'): string {
    deps.access.authorize(actor, act);
    if (actor.personId === null) throw new CodedError('forbidden', { detail: 'only a person approves rules' });
    return actor.personId;
  }

  /** A step of approval by a person who may take it; where it is refused, that is put on record. */
  async function step(
    actor: Actor,
    id: string,
    name: string,
    act: Parameters<typeof personOf>[1],
    states: readonly RuleState[],
    work: (tx: Tx, row: RuleRow, person: string) => Promise<void>,
  ): Promise<void> {
    const person = personOf(actor, act);
    await stepOnRecord<RuleRow>(deps.db, {
      lock: (tx) => store.lockRule(tx, id),
      states,
      work: (tx, row) => work(tx, row, person),
      refused: (tx, row, why) =>
        deps.audit.append(tx, {
          actor,
          act: 'rules.refused',
          subject: { kind: row.kind, id: row.name },
          decision: 'deny',
          policy: deps.access.version(),
          facts: { step: name, why, digest: row.digest },
        }),
    });
  }

  return {
    schemes: {
      versions: deps.schemes.versions,
      get newest() {
        return actingIn('scheme', deps.schemes.versions);
      },
      get: (version) => deps.schemes.get(version),
    },
    schedules: {
      versions: deps.schedules.versions,
      get newest() {
        return actingIn('schedule', deps.schedules.versions);
      },
      get: (name) => deps.schedules.get(name),
    },
    acting: actingIn,
    async start() {
      await deps.db.tx(async (tx) => {
        await store.lockRules(tx);
        await take(tx, 'scheme', deps.schemes.versions);
        await take(tx, 'schedule', deps.schedules.versions);
        // a kind that this program was not given is left as it is
        for (const kind of MORE_RULE_KINDS) if (deps.more?.[kind]) await take(tx, kind, deps.more[kind]);
        await logTexts(tx);
      });
      await reload();
      listener ??= await deps.db.listen('lantai_rules', again, again);
    },
    async stop() {
      clearTimeout(retry);
      await listener?.close();
      listener = undefined;
    },
    async list(actor, kind) {
      deps.access.authorize(actor, 'policy.view');
      const rows = await store.ruleFiles(deps.db);
      const seen = await changesSeen(
        deps.db,
        rows.map((row) => row.id),
      );
      return rows
        .filter((row) => kind === undefined || row.kind === kind)
        .map((row) => ({
          id: row.id,
          kind: row.kind,
          name: row.name,
          digest: row.digest,
          state: row.state,
          firstSeen: row.first_seen,
          activatedAt: row.activated_at,
          endedAt: row.ended_at,
          agreedBy: row.agreed_by,
          confirmedBy: row.confirmed_by,
          seen: seen.has(row.id),
          shortens: row.shortens,
          consentedBy: row.consented_by,
        }));
    },
    agree: (actor, id) =>
      step(actor, id, 'agree', 'policy.activate', ['proposed'], async (tx, row, person) => {
        if (row.consented_by === person) throw new CodedError('same_person');
        await store.agreeRule(tx, id, person, deps.now());
        await log(tx, actor, 'agree', row);
      }),
    consent: (actor, id) =>
      step(actor, id, 'consent', 'schedule.consent', ['proposed', 'agreed'], async (tx, row, person) => {
        if (!row.shortens || row.consented_by !== null) throw new CodedError('wrong_state', { params: { state: row.state, step: 'consent' } });
        if (row.agreed_by === person) throw new CodedError('same_person');
        await store.consentRule(tx, id, person, deps.now());
        await log(tx, actor, 'consent', row);
      }),
    async confirm(actor, id) {
      await step(actor, id, 'confirm', 'policy.confirm', ['agreed'], async (tx, row, person) => {
        if (row.agreed_by === person || row.consented_by === person) throw new CodedError('same_person');
        if (row.shortens && row.consented_by === null) throw new CodedError('consent_missing');
        await assertSeen(tx, id);
        // approves nothing that could not act
        if (!filesOf(row.kind).some((one) => one.name === row.name && one.digest === row.digest))
          throw new CodedError('policy_invalid', { detail: `${row.name} has no file` });
        await store.activateRule(tx, row, person, deps.now());
        await log(tx, actor, 'in_force', row);
        await store.tellActivated(tx);
      });
      await reload();
    },
    refuse: (actor, id) =>
      step(actor, id, 'refuse', 'policy.confirm', ['proposed', 'agreed'], async (tx, row, person) => {
        await store.endRule(tx, id, 'refused', person, deps.now());
        await closeChange(tx, id, deps.now());
        await log(tx, actor, 'refuse', row);
      }),
  };
}
