import { ERROR_STATUS, type ErrorCode } from '../../src/errors/index.js';
import { phrasesFor, say, slotsOf } from '../../src/phrases/index.js';

const zh = phrasesFor('zh');
const en = phrasesFor('en');

/** Slots are filled when an error happens; here they are left open. A bar would end the cell. */
function cell(text: string): string {
  return say(text, Object.fromEntries(slotsOf(text).map((slot) => [slot, '…']))).replaceAll('|', '\\|');
}

function requestRow(code: ErrorCode): string {
  const [chinese, english] = [zh.errors[code], en.errors[code]];
  return `| <a id="${code}"></a>\`${code}\` | ${ERROR_STATUS[code]} | ${cell(chinese.title)}<br>${cell(chinese.todo)} | ${cell(english.title)}<br>${cell(english.todo)} |`;
}

function fieldRow(code: keyof typeof zh.fieldErrors): string {
  return `| \`${code}\` | ${cell(zh.fieldErrors[code])} | ${cell(en.fieldErrors[code])} |`;
}

/** The text of `docs/errors.md`: every coded error, from the phrases that people see. A test holds the file to it. */
export function errorsMarkdown(): string {
  return [
    '# 错误代码 Error codes',
    '',
    '<!-- Written by `npm run docs`; do not edit. -->',
    '',
    '错误按 RFC 9457 返回（`application/problem+json`）。`code` 固定不变，程序只认它；文字可能调整。`type` 指向运行中的服务的 `/docs/errors#代码`。',
    'Errors are problem details (RFC 9457, `application/problem+json`). `code` is fixed, texts may be reworded. `type` points to',
    '`/docs/errors#code` of the running service, which shows this list in the language of the reader.',
    '',
    '```json',
    '{ "type": "/docs/errors#invalid_field", "title": "…", "status": 422, "code": "invalid_field", "detail": "…", "requestId": "…",',
    '  "texts": { "zh": { "title": "…", "detail": "…" }, "en": { "title": "…", "detail": "…" } },',
    '  "fields": [{ "field": "client.number", "code": "too_long", "params": { "max": 64 }, "texts": { "zh": "…", "en": "…" } }] }',
    '```',
    '',
    '## 请求 Requests',
    '',
    '| code | HTTP | 中文 | English |',
    '|---|---|---|---|',
    ...(Object.keys(ERROR_STATUS) as ErrorCode[]).map(requestRow),
    '',
    '## 字段 Fields',
    '',
    'invalid_field 的 `fields` 逐项给出。Listed in `fields` of `invalid_field`; rejected rows of an import carry the same codes.',
    '',
    '| code | 中文 | English |',
    '|---|---|---|',
    ...(Object.keys(zh.fieldErrors) as (keyof typeof zh.fieldErrors)[]).map(fieldRow),
    '',
  ].join('\n');
}
