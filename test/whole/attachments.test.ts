import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { testDraft } from '../support/archive.js';
import { multipart, staffed, testServer } from '../support/server.js';

const folder = join(process.env['LANTAI_SHARED'] ?? fileURLToPath(new URL('../../../../shared', import.meta.url)), 'data', 'attachments');

test('R5, R20: real files of many formats come back bit for bit', async (t) => {
  t.timeout(180_000);
  if (!existsSync(folder)) {
    t.log(`skipped: the files of ${folder} are not here`);
    t.pass();
    return;
  }
  const server = await testServer();
  try {
    const staff = await staffed(server);
    const names = (await readdir(folder)).sort((a, b) => (a < b ? -1 : 1));
    t.true(names.length >= 30);
    const files = await Promise.all(names.map(async (name) => ({ name, content: await readFile(join(folder, name)) })));
    const made = await staff.agent('POST', '/api/v1/records', multipart('record', testDraft(), files));
    t.is(made.status, 201, made.text);
    const id = String(made.json['id']);
    const reading = await staff.agent('POST', `/api/v1/records/${id}/readings`, { purpose: 'solve' });
    const view = await staff.agent('GET', `/api/v1/records/${id}`);
    const stored = view.json['files'] as { id: string; name: string }[];
    t.is(stored.length, files.length);
    const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
    for (const [i, file] of files.entries()) {
      const answer = await staff.agent('GET', `/api/v1/readings/${String(reading.json['id'])}/files/${stored[i]?.id}`);
      t.is(answer.status, 200, file.name);
      t.is(digest(answer.bytes), digest(file.content), file.name);
    }
  } finally {
    await server.close();
  }
});
