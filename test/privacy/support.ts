import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Actor } from '../../src/audit/index.js';
import { loadPrivacyPolicies, type PrivacyDeps, registerRequest, decideRequest, examineRequest, identifyRequest } from '../../src/privacy/index.js';
import { createCertificates } from '../../src/vault/index.js';
import { testArchive, type TestArchive } from '../support/archive.js';

export interface TestPrivacy extends TestArchive {
  privacy: PrivacyDeps;
}

/** An archive that answers clients, with its own signing certificate. */
export async function testPrivacy(): Promise<TestPrivacy> {
  const archive = await testArchive();
  const { db, audit, keystore, now } = archive.deps;
  const archiveName = '云栖客户服务档案室';
  const signer = createCertificates({ db, audit, keystore, archiveName, now, random: randomBytes });
  const policies = await loadPrivacyPolicies(fileURLToPath(new URL('../../../policies/privacy', import.meta.url)));
  return { ...archive, privacy: { ...archive.deps, policies, archiveName, signer } };
}

/** A request as far as its decision, worked on by one person and decided by another. */
export async function decided(
  archive: TestPrivacy,
  who: { clerk: Actor; officer: Actor },
  input: { kind: string; client: string; outcome: string; ground?: string },
): Promise<string> {
  const { id } = await registerRequest(archive.privacy, who.clerk, {
    kind: input.kind,
    channel: 'email',
    client: input.client,
    asked: '请依法办理我的个人信息请求',
    name: '周某',
    contact: 'zhou@example.com',
  });
  await identifyRequest(archive.privacy, who.clerk, { id, method: 'call_back', note: '已回拨预留电话' });
  await examineRequest(archive.privacy, who.clerk, { id, note: '已审查' });
  await decideRequest(archive.privacy, who.officer, { id, outcome: input.outcome, ground: input.ground, reason: '依规则' });
  return id;
}
