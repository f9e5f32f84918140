import test from 'ava';
import iconv from 'iconv-lite';
import { doc, docx, eml, msg, odt, ole, pdf, ppt, pptx, xls, xlsx, zip } from './files.js';
import { extractorFor, given, reasonOf, textOf } from './support.js';

const ZH = '客户投诉：账单重复扣款，已退款 128.50 元。';
const EN = 'The invoice was charged twice.';

test('R48: texts of office files of today, with what stands beside the body', async (t) => {
  const extractor = extractorFor(t);
  const word = await textOf(
    t,
    extractor,
    docx(
      [ZH, EN],
      [
        { name: 'word/footnotes.xml', content: '<w:footnotes xmlns:w="w"><w:p><w:t>脚注 one</w:t></w:p></w:footnotes>' },
        {
          name: 'word/header1.xml',
          content: '<w:hdr xmlns:w="w"><w:p><w:del><w:delText>deleted</w:delText></w:del><w:instrText>PAGE</w:instrText><w:t>页眉</w:t></w:p></w:hdr>',
        },
      ],
    ),
    'docx',
  );
  t.is(word.text, `${ZH}\n${EN}\n\n页眉\n\n脚注 one`);
  t.deepEqual([word.truncated, word.ocr, word.pages, word.notes], [false, false, null, []]);

  const slides = await textOf(t, extractor, pptx([ZH, EN, 'third', '4', '5', '6', '7', '8', '9', 'tenth'], ['备注']), 'pptx');
  t.is(slides.pages, 10);
  t.regex(slides.text, /^客户投诉[^]*charged twice\.[^]*third[^]*9[^]*tenth[^]*备注$/);

  const cells =
    '<row><c t="s"><v>0</v></c><c t="inlineStr"><is><t>行内</t></is></c><c t="b"><v>1</v></c></row><row><c s="1"><v>45351</v></c><c s="2"><v>0.125</v></c><c><v>128.5</v></c><c t="e"><v>#REF!</v></c><c t="str"><f>A1</f><v>公式结果</v></c></row>';
  const table = await textOf(t, extractor, xlsx(cells, [ZH], ['0.0%']), 'xlsx');
  t.is(table.text, `投诉台账\n${ZH} 行内 TRUE\n2024/2/29 12.5% 128.5 公式结果`);

  const text = await textOf(t, extractor, odt([ZH, EN]), 'odt');
  t.is(text.text, `${ZH} .\n${EN} .`);
});

test('R48: texts of old office files and of Outlook', async (t) => {
  const extractor = extractorFor(t);
  const word = await textOf(t, extractor, doc(`${ZH}\r\x13 HYPERLINK "http://hidden" \x14连结\x15\r`, `caf\xe9 ${EN}\r`), 'doc');
  t.is(word.text, `${ZH}\n连结\ncafé ${EN}`);
  const table = await textOf(
    t,
    extractor,
    xls(
      [
        ['服务单号', '金额'],
        [ZH, 128.5],
      ],
      '台账',
    ),
    'xls',
  );
  t.regex(table.text, /^台账\n服务单号 金额\n+客户投诉：账单重复扣款，已退款 128\.50 元。 128\.5$/);
  const slides = await textOf(t, extractor, ppt(ZH, EN), 'ppt');
  t.is(slides.text, `${ZH}\n${EN}`);
  t.is(slides.pages, 1);
  const mail = await textOf(t, extractor, msg('退款确认', ZH), 'msg');
  t.is(mail.text, `退款确认\n\n${ZH}`);
});

test('R48: PDF with Chinese text, page by page', async (t) => {
  const extractor = extractorFor(t);
  const found = await textOf(t, extractor, await pdf([ZH, EN]), 'pdf', 'application/pdf');
  t.is(found.pages, 2);
  t.true(found.text.includes('账单重复扣款'), found.text);
  t.true(found.text.includes(EN), found.text);
  t.is(reasonOf(await extractor.extract(given(await pdf(['']), 'pdf'))), 'needs_ocr');
});

test('R48: mails give their head, their text in its encoding, and one level of what is attached', async (t) => {
  const extractor = extractorFor(t);
  const inner = eml('内层', iconv.encode('内层正文', 'gb18030'), { name: 'deep.docx', type: 'application/octet-stream', content: docx(['deepest']) });
  const gb = iconv.encode(ZH, 'gb18030');
  const withDocx = await textOf(
    t,
    extractor,
    eml('关于退款', gb, { name: '凭证.docx', type: 'application/octet-stream', content: docx(['附件里的凭证']) }),
    'eml',
    'message/rfc822',
  );
  for (const words of ['关于退款', '王芳', 'wang@example.com', ZH, '凭证.docx', '附件里的凭证'])
    t.true(withDocx.text.includes(words), `${words} in ${withDocx.text}`);
  t.deepEqual(withDocx.notes, ['embedded']);
  const nested = await textOf(
    t,
    extractor,
    eml('外层', gb, { name: 'mail.bin', type: 'application/octet-stream', content: zip([{ name: 'x.txt', content: 'not read' }]) }),
    'eml',
  );
  t.true(nested.text.includes('x.txt'));
  t.false(nested.text.includes('not read'));
  const box = Buffer.concat([
    Buffer.from('From a@b Mon Jan  1 00:00:00 2024\n'),
    inner,
    Buffer.from('\nFrom c@d Mon Jan  1 00:00:00 2024\nSubject: second\n\nbody two\n'),
  ]);
  const mailbox = await textOf(t, extractor, box, 'mbox', 'application/mbox');
  for (const words of ['内层正文', 'deepest', 'second', 'body two']) t.true(mailbox.text.includes(words), `${words} in ${mailbox.text}`);
});

test('R48: HTML shows what a reader sees, in the encoding that it says', async (t) => {
  const extractor = extractorFor(t);
  const page = `<html><head><meta charset="gbk"><title>工单</title><script>var hidden = 1</script><style>.hidden{}</style></head>
    <body><p>投<b>诉</b>&amp;&#36864;款</p><!-- hidden --><table><tr><td>甲</td><td>乙</td></tr></table><img alt="发票照片"></body></html>`;
  const found = await textOf(t, extractor, iconv.encode(page, 'gbk'), 'html', 'text/html');
  t.is(found.text, '工单\n\n投诉&退款\n\n甲 乙\n\n发票照片');
});

test('R48: RTF in Unicode and in the code page of its fonts', async (t) => {
  const extractor = extractorFor(t);
  const gb = [...iconv.encode('退款', 'gbk')].map((byte) => `\\'${byte.toString(16)}`).join('');
  const rtf = `{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0\\fcharset0 Arial;}{\\f1\\fcharset134 SimSun;}}{\\info{\\author hidden}}{\\*\\unknown hidden}
\\f0 caf\\'e9 \\{x\\}\\par\\f1 ${gb}\\par\\f0\\uc1 \\u25237?\\u-29751?{\\field{\\*\\fldinst HYPERLINK hidden}{\\fldrslt link}}\\constructor\\cell end}`;
  const found = await textOf(t, extractor, Buffer.from(rtf, 'latin1'), 'rtf', 'application/rtf');
  t.is(found.text, 'café {x}\n退款\n投诉link end');
});

test('R48: plain text in every encoding that clients send', async (t) => {
  const extractor = extractorFor(t);
  const long = `${ZH}\r\n${EN}\r\n`.repeat(40);
  const whole = long.replaceAll('\r\n', '\n').trim();
  const encodings = { 'utf-8': 'txt', gb18030: 'csv', 'utf-16le': 'txt', 'utf-16be': 'txt' };
  for (const [encoding, extension] of Object.entries(encodings)) {
    t.is((await textOf(t, extractor, iconv.encode(long, encoding), extension, 'text/plain')).text, whole, encoding);
    t.is((await textOf(t, extractor, iconv.encode(long, encoding, { addBOM: true }), extension, 'text/plain')).text, whole, `${encoding} with a mark`);
  }
  const traditional = '客戶投訴：帳單重複扣款，請儘快處理並退還款項，謝謝。'.repeat(10);
  t.is((await textOf(t, extractor, iconv.encode(traditional, 'big5'), 'txt')).text, traditional);
  t.is((await textOf(t, extractor, iconv.encode('Größe und Preis für Käufer', 'latin1'), 'txt')).text, 'Größe und Preis für Käufer');
  t.is((await textOf(t, extractor, Buffer.from('{"a":"\\u6295\\u8bc9\\n第二行"}'), 'json', 'application/json')).text, '{"a":"投诉\n第二行"}');
  t.is((await textOf(t, extractor, Buffer.from('<?xml version="1.0"?><a><b>一</b><![CDATA[二]]></a>'), 'xml', 'application/xml')).text, '一\n二');
});

test('R48: text is brought into one form', async (t) => {
  const extractor = extractorFor(t);
  const messy = 'cafe\u0301\u00a0\u3000 x\t\ty \r\n\r\n\r\n\r\n\u0000\u0007z\u200b\u00adz\ufeff';
  t.is((await textOf(t, extractor, docx([messy.replaceAll(/[\0\x07]/g, '')]), 'docx')).text, 'café x y\n\nzz');
  t.is((await textOf(t, extractor, Buffer.from(`${messy}${' '.repeat(900)}`), 'txt')).text, 'café x y\n\nzz');
});

test('R48: an archive gives the names of what lies in it, also in the code page of a Chinese Windows', async (t) => {
  const extractor = extractorFor(t);
  const found = await textOf(t, extractor, zip([{ name: '', rawName: iconv.encode('合同/补充协议.doc', 'gbk'), content: 'not read' }]), 'zip');
  t.is(found.text, '合同/补充协议.doc');
});

test('R48: macros and embedded files are stated and never run; a password is a reason', async (t) => {
  const extractor = extractorFor(t);
  const macros = await textOf(
    t,
    extractor,
    docx(
      [ZH],
      [
        { name: 'word/vbaProject.bin', content: 'x' },
        { name: 'word/embeddings/a.bin', content: 'x' },
      ],
    ),
    'docm',
  );
  t.deepEqual(macros.notes, ['macro', 'embedded']);
  t.deepEqual((await textOf(t, extractor, doc(ZH, EN, { macros: true }), 'doc')).notes, ['macro']);
  const locked = [
    [await pdf([ZH], { userPassword: 'geheim' }), 'pdf'],
    [ole({ '/EncryptedPackage': Buffer.alloc(64, 1), '/EncryptionInfo': Buffer.alloc(16) }), 'docx'],
    [doc(ZH, EN, { encrypted: true }), 'doc'],
    [odt([ZH], [{ name: 'META-INF/manifest.xml', content: '<manifest:manifest><manifest:encryption-data/></manifest:manifest>' }]), 'odt'],
    [zip([{ name: 'word/document.xml', content: '<w/>', flags: 1 }]), 'docx'],
  ] as const;
  for (const [bytes, extension] of locked) t.is(reasonOf(await extractor.extract(given(bytes, extension))), 'encrypted', extension);
});
