import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { readPolicies } from '../../../src/access/index.js';
import { accessControl } from '../../../src/access/index.js';
import type { Actor } from '../../../src/audit/index.js';
import { newId } from '../../../src/db/index.js';
import { loadDispositionRules, type DispositionDeps } from '../../../src/disposition/index.js';
import { createCertificates } from '../../../src/vault/index.js';
import { testArchive, type TestArchive } from '../../support/archive.js';

const root = (path: string): string => fileURLToPath(new URL(`../../../../${path}`, import.meta.url));

export interface Office {
  archive: TestArchive;
  deps: DispositionDeps;
  /** People of the office; every one of them may be asked for what his role does. */
  hire(role: string, department?: string): Actor;
  hireWith(roles: string[], department?: string): Actor;
  leave(actor: Actor): void;
  /** Somebody's roles from now on, as who appoints sees them; gives those before. */
  give(actor: Actor, roles: string[]): string[];
  close(): Promise<void>;
}

/** An archive with people who appraise and destroy, on a real database. */
export async function office(profile: 'default' | 'strict' | 'small' = 'default', at?: Date): Promise<Office> {
  const policies = await readPolicies(root('policies'), profile);
  const archive = await testArchive({ access: accessControl(() => policies) }, at ? { at, logClock: true } : {});
  const rules = await loadDispositionRules(root('policies/disposition'));
  const people: { personId: string; roles: string[]; department: string }[] = [];
  const certificates = createCertificates({
    db: archive.database.app,
    audit: archive.deps.audit,
    keystore: archive.keystore,
    archiveName: 'Test archive',
    now: archive.deps.now,
    random: randomBytes,
  });
  await certificates.prepare();
  const deps: DispositionDeps = {
    ...archive.deps,
    dispositionRules: () => rules.newest,
    dispositionVersions: rules.versions,
    rules: () => policies,
    people: {
      holdersOf: (roles) => Promise.resolve(people.filter((one) => one.roles.some((role) => roles.includes(role)))),
      namesOfPersons: (ids) => Promise.resolve(new Map(ids.map((id) => [id, `N ${id.slice(-4)}`]))),
    },
    archiveName: 'Test archive',
    signer: certificates,
  };
  const hireWith = (roles: string[], department = 'archive'): Actor => {
    const actor = { ...archive.person('agent', department), personId: newId(), accountId: newId(), roles, secondFactor: true, shownAt: archive.clock.now };
    people.push({ personId: actor.personId, roles, department });
    return actor;
  };
  return {
    archive,
    deps,
    hireWith,
    hire: (role, department) => hireWith([role], department ?? (role === 'supervisor' || role === 'agent' ? 'hotline' : 'archive')),
    leave(actor) {
      people.splice(0, people.length, ...people.filter((one) => one.personId !== actor.personId));
    },
    give(actor, roles) {
      const one = people.find((person) => person.personId === actor.personId);
      const before = one?.roles ?? [];
      if (one) one.roles = roles;
      return before;
    },
    close: () => archive.close(),
  };
}
