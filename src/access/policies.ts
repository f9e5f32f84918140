import { systemActor, textEntries, type Actor, type Audit } from '../audit/index.js';
import { newId, type Db, type Tx } from '../db/index.js';
import { check, CodedError } from '../errors/index.js';
import { z } from 'zod';
import { announceChange, assertSeen, changesSeen, closeChange } from './changes-first/gate.js';
import { stepOnRecord } from './changes-first/refused.js';
import { authorize } from './decide.js';
import { policySetFrom, type PolicySet } from './policy-set.js';
import { readPolicies } from './read-folder.js';
import * as store from './store.js';
import type { PolicyState } from './store.js';

export interface PoliciesDeps {
  db: Db;
  audit: Pick<Audit, 'append' | 'appendMany'>;
  /** The folder `policies` as shipped. */
  folder: string;
  /** Name of the profile that the configuration asks for. */
  profile: string;
  /** File that says what groups of single sign-on mean, where people sign on elsewhere. */
  signOnFile?: string | undefined;
  now(): Date;
}

/** A version as the page of rules shows it. */
export interface PolicyVersion {
  id: string;
  /** `roles@sha256:…` */
  version: string;
  profile: string;
  state: PolicyState;
  proposedAt: Date;
  activatedAt: Date | null;
  endedAt: Date | null;
  /** Person who approved it first; the second must be another one. */
  agreedBy: string | null;
  confirmedBy: string | null;
  /** Whether the audit administrator has seen it; nothing waits for that once it acts. */
  seen: boolean;
}

/** The access rules over their life: shipped, proposed, approved by two persons, in force, superseded. */
export interface Policies {
  /**
   * Reads the shipped files and the version that acts. The first version ever is approved by a bootstrap entry; a changed one
   * waits for approval while the former goes on. Shipped files that are invalid refuse everything until they are mended.
   */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The rules that act now. Throws `policy_invalid` when none do. */
  active(): PolicySet;
  list(actor: Actor): Promise<PolicyVersion[]>;
  /** The rules of one version, for reading and comparing before approval. */
  view(actor: Actor, id: string): Promise<PolicySet>;
  /** The security administrator's approval. */
  agree(actor: Actor, id: string): Promise<void>;
  /** The second person's approval, once the audit administrator has seen it; from here on the version acts. */
  confirm(actor: Actor, id: string): Promise<void>;
  /** Either one says no; the version in force goes on. */
  refuse(actor: Actor, id: string): Promise<void>;
}

const versionId = z.uuid({ error: 'not_a_uuid' });
/** After a failed look the rules are looked for again so soon; until then everything is refused. */
const RETRY_MS = 1_000;

interface Step {
  personId: string;
  policy: string;
}

export function createPolicies(deps: PoliciesDeps): Policies {
  let shippedFault: CodedError | undefined;
  let acting: PolicySet | undefined;
  let retry: NodeJS.Timeout | undefined;
  let listener: { close(): Promise<void> } | undefined;

  async function reload(): Promise<void> {
    const row = await store.findActive(deps.db);
    if (row?.digest === acting?.digest && acting !== undefined) return;
    acting = undefined; // a version that cannot be read must not leave the former one in force
    if (row !== undefined) acting = policySetFrom(row.canonical, row.digest);
  }

  function active(): PolicySet {
    if (shippedFault) throw shippedFault;
    if (acting === undefined) throw new CodedError('policy_invalid', { detail: 'no version of the access rules acts' });
    return acting;
  }

  function again(): void {
    reload().catch(() => {
      acting = undefined;
      clearTimeout(retry);
      retry = setTimeout(again, RETRY_MS).unref();
    });
  }

  async function log(tx: Tx, actor: Actor, act: string, row: { id: string; digest: string; profile: string }, policy: string): Promise<void> {
    await deps.audit.append(tx, {
      actor,
      act,
      subject: { kind: 'policy', id: row.id, version: `roles@${row.digest}` },
      decision: 'allow',
      policy,
      facts: { digest: row.digest, profile: row.profile },
    });
  }

  /** The whole text, so that what was in force on a day follows from the log alone. */
  async function logText(tx: Tx, row: { id: string; canonical: string }): Promise<void> {
    await deps.audit.appendMany(
      tx,
      textEntries({ actor: systemActor('policies-start'), act: 'policy.text', subject: { kind: 'policy', id: row.id } }, row.canonical),
    );
  }

  async function take(tx: Tx, shipped: PolicySet): Promise<void> {
    await store.lockPolicies(tx);
    const older = await store.versionsOffRecord(tx);
    for (const row of older) await logText(tx, row);
    if (older.length > 0)
      await store.markOnRecord(
        tx,
        older.map((row) => row.id),
      );
    const now = deps.now();
    const system = systemActor('policies-start');
    const row = { id: newId(), digest: shipped.digest, canonical: shipped.canonical, profile: shipped.profile.profile, now };
    if (!(await store.anyVersion(tx))) {
      await store.insertVersion(tx, { ...row, bootstrap: true });
      await logText(tx, row);
      return log(tx, system, 'policy.bootstrap', row, shipped.version);
    }
    const current = await store.findActive(tx);
    const waiting = await store.lockWaiting(tx);
    if (waiting?.digest === shipped.digest) return;
    if (waiting !== undefined) {
      await store.endVersion(tx, waiting.id, 'superseded', null, now);
      await closeChange(tx, waiting.id, now);
      await log(tx, system, 'policy.withdraw', waiting, `roles@${current?.digest ?? 'none'}`);
    }
    if (current?.digest === shipped.digest) return;
    await store.insertVersion(tx, { ...row, bootstrap: false });
    await logText(tx, row);
    await announceChange(tx, { id: row.id, kind: 'policy', facts: { digest: row.digest, profile: row.profile }, proposedBy: null, now });
    await log(tx, system, 'policy.propose', row, `roles@${current?.digest ?? 'none'}`);
  }

  function stepOf(actor: Actor, act: 'policy.activate' | 'policy.confirm'): Step {
    const { policy } = authorize(active(), actor, act);
    if (actor.personId === null) throw new CodedError('forbidden', { detail: 'only a person approves rules' });
    return { personId: actor.personId, policy };
  }

  /** A step of approval by a person who may take it; where it is refused, that is put on record. */
  async function step(
    actor: Actor,
    id: string,
    name: string,
    act: 'policy.activate' | 'policy.confirm',
    states: readonly PolicyState[],
    work: (tx: Tx, row: store.PolicyRow, by: Step) => Promise<void>,
  ): Promise<void> {
    const by = stepOf(actor, act);
    await stepOnRecord<store.PolicyRow>(deps.db, {
      lock: (tx) => store.lockVersion(tx, check(versionId, id, 'id')),
      states,
      work: (tx, row) => work(tx, row, by),
      refused: (tx, row, why) =>
        deps.audit.append(tx, {
          actor,
          act: 'policy.refused',
          subject: { kind: 'policy', id },
          decision: 'deny',
          policy: by.policy,
          facts: { step: name, why, digest: row.digest },
        }),
    });
  }

  return {
    active,
    async start() {
      shippedFault = undefined;
      try {
        const shipped = await readPolicies(deps.folder, deps.profile, deps.signOnFile);
        await deps.db.tx((tx) => take(tx, shipped));
      } catch (error) {
        if (!(error instanceof CodedError) || error.code !== 'policy_invalid') throw error;
        shippedFault = error;
      }
      await reload();
      listener ??= await deps.db.listen('lantai_policies', again, again);
    },
    async stop() {
      clearTimeout(retry);
      await listener?.close();
      listener = undefined;
    },
    async list(actor) {
      authorize(active(), actor, 'policy.view');
      const rows = await store.listVersions(deps.db);
      const seen = await changesSeen(
        deps.db,
        rows.map((row) => row.id),
      );
      return rows.map((row) => ({
        id: row.id,
        version: `roles@${row.digest}`,
        profile: row.profile,
        state: row.state,
        proposedAt: row.proposed_at,
        activatedAt: row.activated_at,
        endedAt: row.ended_at,
        agreedBy: row.agreed_by,
        confirmedBy: row.confirmed_by,
        seen: seen.has(row.id),
      }));
    },
    async view(actor, id) {
      const { policy } = authorize(active(), actor, 'policy.view');
      const row = await deps.db.tx(async (tx) => {
        const found = await store.lockVersion(tx, check(versionId, id, 'id'));
        if (found === undefined) throw new CodedError('not_found');
        await log(tx, actor, 'policy.view', found, policy);
        return found;
      });
      return policySetFrom(row.canonical, row.digest);
    },
    agree: (actor, id) =>
      step(actor, id, 'agree', 'policy.activate', ['proposed'], async (tx, row, { personId, policy }) => {
        policySetFrom(row.canonical, row.digest); // approves nothing that could not act
        await store.agreeVersion(tx, id, personId, deps.now());
        await log(tx, actor, 'policy.agree', row, policy);
      }),
    async confirm(actor, id) {
      await step(actor, id, 'confirm', 'policy.confirm', ['agreed'], async (tx, row, { personId, policy }) => {
        if (row.agreed_by === personId) throw new CodedError('same_person');
        await assertSeen(tx, id);
        policySetFrom(row.canonical, row.digest);
        await store.activateVersion(tx, id, personId, deps.now());
        await log(tx, actor, 'policy.confirm', row, policy);
        await store.tellActivated(tx);
      });
      await reload();
    },
    refuse: (actor, id) =>
      step(actor, id, 'refuse', 'policy.confirm', ['proposed', 'agreed'], async (tx, row, { personId, policy }) => {
        await store.endVersion(tx, id, 'refused', personId, deps.now());
        await closeChange(tx, id, deps.now());
        await log(tx, actor, 'policy.refuse', row, policy);
      }),
  };
}
