import type { Actor } from '../../../src/audit/index.js';
import {
  answerRegister,
  appointFor,
  checkRegister,
  createAppraisal,
  createRegister,
  freezeRegister,
  proposeFor,
  signAppraisal,
  submitRegister,
  submitToGroup,
  viewAppraisal,
  viewRegister,
} from '../../../src/disposition/index.js';
import { office, type Office } from './office.js';
import { dueRecords } from './sql.js';

/** The people that a destruction takes, each another person. */
export interface Crew {
  world: Office;
  maker: Actor;
  /** Another clerk: the executor. */
  executor: Actor;
  manager: Actor;
  executive: Actor;
  head: Actor;
  /** From outside the archive. */
  outsider: Actor;
  /** A clerk too. */
  insider: Actor;
}

export async function crew(profile: 'default' | 'strict' = 'default', at?: Date): Promise<Crew> {
  const world = await office(profile, at);
  return {
    world,
    maker: world.hire('records_clerk'),
    executor: world.hire('records_clerk'),
    insider: world.hire('records_clerk'),
    manager: world.hire('records_manager'),
    executive: world.hire('executive'),
    head: world.hire('supervisor', 'hotline'),
    outsider: world.hire('agent', 'hotline'),
  };
}

/** Records that a group appraised to be destroyed. */
export async function appraisedRecords({ world, maker, head, executive }: Crew, count: number, change: Record<string, unknown> = {}): Promise<string[]> {
  const records = await dueRecords(world.archive, count, change);
  const { id } = await createAppraisal(world.deps, maker, { department: 'hotline', records });
  await proposeFor(world.deps, maker, { appraisalId: id, which: {}, proposal: 'destroy', reason: '保管期满' });
  await submitToGroup(world.deps, maker, id);
  const digest = (await viewAppraisal(world.deps, maker, id)).digest ?? '';
  const members = (await viewAppraisal(world.deps, maker, id)).members.length;
  for (const who of [maker, head, executive].slice(0, members)) await signAppraisal(world.deps, who, { appraisalId: id, digest, agree: true });
  return records;
}

export interface Register {
  id: string;
  records: string[];
  /** In hex, as it stands now. */
  digest(): Promise<string>;
}

/** A register as far as it is wanted, by the right persons. */
export async function register(people: Crew, upTo: 'draft' | 'frozen' | 'approving' | 'approved' | 'staffed' | 'checked', count = 2): Promise<Register> {
  const { deps } = people.world;
  const records = await appraisedRecords(people, count);
  const { id } = await createRegister(deps, people.maker, { records });
  const digest = async (): Promise<string> => (await viewRegister(deps, people.manager, id)).digest ?? '';
  const one = { id, records, digest };
  if (upTo === 'draft') return one;
  await freezeRegister(deps, people.maker, id);
  if (upTo === 'frozen') return one;
  await submitRegister(deps, people.maker, id);
  if (upTo === 'approving') return one;
  const steps = (await viewRegister(deps, people.manager, id)).approvals.length;
  for (const [step, who] of [people.manager, people.executive].slice(0, steps).entries())
    await answerRegister(deps, who, { registerId: id, step, digest: await digest(), agree: true });
  if (upTo === 'approved') return one;
  await appointFor(deps, people.manager, { registerId: id, office: 'executor', personId: people.executor.personId ?? '' });
  await appointFor(deps, people.manager, { registerId: id, office: 'supervisor', personId: people.outsider.personId ?? '' });
  await appointFor(deps, people.manager, { registerId: id, office: 'supervisor', personId: people.insider.personId ?? '' });
  if (upTo === 'staffed') return one;
  for (const who of [people.outsider, people.insider]) await checkRegister(deps, who, { registerId: id, digest: await digest() });
  return one;
}
