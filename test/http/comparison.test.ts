import test from 'ava';
import { staffed, testServer } from '../support/server.js';

const HEADER = '服务编号,服务日期,服务人员,客户编号,服务内容,服务结果,客户签名,服务评价\r\n';

test('R97: an export of the old system is compared both ways with the archive', async (t) => {
  const server = await testServer();
  try {
    const { clerk, securityAdmin, agent } = await staffed(server);
    const upload = async (path: string, rows: string, fields: Record<string, string>) => {
      const form = new FormData();
      for (const [name, value] of Object.entries({ parameters: JSON.stringify({ department: 'hotline', source: 'old-crm' }), ...fields }))
        form.append(name, value);
      form.append('file', new Blob([HEADER + rows]), 'export.csv');
      return clerk('POST', path, form);
    };
    const started = await upload('/api/v1/imports', 'A-1,2026-02-01,李静,C-1,咨询,已解决,王五,5\r\nA-2,2026-02-01,李静,C-2,咨询,已解决,王五,5\r\n', {});
    t.is(started.status, 202, started.text);
    for (let i = 0; i < 100; i++) {
      if ((await clerk('GET', `/api/v1/imports/${String(started.json['id'])}`)).json['state'] !== 'running') break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const span = { system: 'old-crm', from: '2026-02-01', to: '2026-02-01' };
    const compared = await upload('/api/v1/comparisons', 'A-2,2026-02-01,李静,C-2,咨询,未解决,王五,5\r\nA-3,2026-02-01,李静,C-3,咨询,已解决,王五,5\r\n', span);
    t.is(compared.status, 201, compared.text);
    t.like(compared.json, { exported: 2, equal: 0, onlyInSource: 1, onlyInArchive: 1, different: 1 });
    const view = await clerk('GET', `/api/v1/comparisons/${String(compared.json['id'])}`);
    const found = (view.json['differences'] as { serviceNo: string }[]).map((one) => one.serviceNo).sort((a, b) => (a < b ? -1 : 1));
    t.deepEqual(found, ['A-1', 'A-2', 'A-3']);
    t.is((await upload('/api/v1/comparisons', 'A-2,2026-02-01,李静,C-2,咨询,未解决,王五,5\r\n', { system: 'old-crm' })).status, 422);
    t.is((await agent('GET', `/api/v1/comparisons/${String(compared.json['id'])}`)).status, 403);
    // a machine that may import but find nothing learns no number that it did not bring
    const token = await securityAdmin('POST', '/api/v1/tokens', { name: 'old crm', scopes: ['import'], department: null, days: 1 });
    const machine = server.client();
    const form = new FormData();
    for (const [name, value] of Object.entries({ parameters: JSON.stringify({ department: 'hotline', source: 'old-crm' }), ...span })) form.append(name, value);
    form.append('file', new Blob([`${HEADER}A-9,2026-02-01,李静,C-9,咨询,已解决,王五,5\r\n`]), 'export.csv');
    const bearer = { Authorization: `Bearer ${String(token.json['secret'])}` };
    const blind = await machine('POST', '/api/v1/comparisons', form, bearer);
    t.is(blind.status, 201, blind.text);
    t.is(blind.json['onlyInArchive'], 0);
    t.is((await machine('GET', `/api/v1/comparisons/${String(compared.json['id'])}`, undefined, bearer)).status, 404);
  } finally {
    await server.close();
  }
});
