import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { deflateRawSync } from 'node:zlib';
import test from 'ava';
import fc from 'fast-check';
import { CodedError } from '../../../src/errors/index.js';
import { HEAD_BYTES, inspectFile, inspectStream, TAIL_BYTES } from '../../../src/records/files/index.js';

const SHARED = new URL('../../../../../shared/data/attachments/', import.meta.url);

/** A ZIP of local headers only: enough for a look at the names. */
function zip(members: [string, string][], encrypted = false): Buffer {
  return Buffer.concat(
    members.map(([name, content], i) => {
      const stored = i === 0 && name === 'mimetype';
      const data = stored ? Buffer.from(content) : deflateRawSync(content);
      const header = Buffer.alloc(30);
      header.write('PK\x03\x04', 'latin1');
      header.writeUInt16LE(encrypted ? 1 : 0, 6);
      header.writeUInt16LE(stored ? 0 : 8, 8);
      header.writeUInt32LE(data.length, 18);
      header.writeUInt16LE(Buffer.byteLength(name), 26);
      return Buffer.concat([header, Buffer.from(name), data]);
    }),
  );
}

const reasonOf = async (head: Buffer, name: string): Promise<unknown> => {
  try {
    await inspectFile(head, name);
    return 'taken';
  } catch (error) {
    return error instanceof CodedError && error.code === 'refused_file' ? error.fields[0]?.code : error;
  }
};

const ole = (...streams: string[]): Buffer =>
  Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(504), Buffer.from(streams.join('\0'), 'utf16le')]);
const pe = (): Buffer => {
  const head = Buffer.alloc(256);
  head.write('MZ', 'latin1');
  head.writeUInt32LE(128, 60);
  head.write('PE\0\0', 128, 'latin1');
  return head;
};

test('R7: programs are refused by their content, whatever they are called', async (t) => {
  const programs: [string, Buffer][] = [
    ['PE', pe()],
    ['ELF', Buffer.from('7f454c4602010100', 'hex')],
    ['Mach-O', Buffer.from('cffaedfe07000001', 'hex')],
    ['Java class', Buffer.from('cafebabe00000034', 'hex')],
    ['script', Buffer.from('#!/bin/sh\nrm -rf /\n')],
    ['script with a byte order mark', Buffer.from('\uFEFF#! /usr/bin/env python\n')],
    ['batch', Buffer.from('@echo off\r\ndel *.*\r\n')],
    ['shortcut', Buffer.from('4c0000000114020000000000', 'hex')],
    [
      'JAR',
      zip([
        ['META-INF/MANIFEST.MF', 'x'],
        ['A.class', 'x'],
      ]),
    ],
    ['APK', zip([['AndroidManifest.xml', 'x']])],
    ['installer', Buffer.concat([ole('x'), Buffer.from('84100c0000000000c000000000000046', 'hex')])],
  ];
  for (const [what, head] of programs)
    for (const name of ['合同.pdf', 'photo.jpg', 'x', 'x.zip', 'x.txt']) t.is(await reasonOf(head, name), 'executable', `${what} as ${name}`);
});

test('R7: programs are refused by their name, also behind tricks in it', async (t) => {
  const text = Buffer.from('hello');
  for (const name of [
    'a.bat',
    'a.CMD',
    'a.js',
    'a.vbs',
    'a.ps1',
    'a.exe',
    'a.pdf.exe',
    'a.exe.',
    'a.exe ',
    'a.\u202Etxt.exe',
    'a.e\u200Bxe',
    'dir/a.lnk',
    '..\\a.hta',
    'a.msi',
    'a.jar',
  ])
    t.is(await reasonOf(text, name), 'executable', JSON.stringify(name));
});

test('R7: a name that lies about its type is refused', async (t) => {
  const png = Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), Buffer.alloc(64)]);
  for (const name of ['a.pdf', 'a.docx', 'a.txt', 'a.wav', 'a.zip']) t.is(await reasonOf(png, name), 'type_mismatch', name);
  t.is(await reasonOf(Buffer.from('just words'), 'a.pdf'), 'type_mismatch');
  t.is(await reasonOf(Buffer.from([1, 2, 3, 0, 255, 254]), 'a.png'), 'type_mismatch');
  t.is(await reasonOf(zip([['a.txt', 'x']]), 'a.docx'), 'type_mismatch');
  t.is(await reasonOf(png, 'a.png'), 'taken');
  t.is(await reasonOf(png, 'without extension'), 'taken');
});

test('R7: what is told apart by content', async (t) => {
  const cases: [string, Buffer, string][] = [
    ['a.amr', Buffer.from('#!AMR\n\x3c\x00', 'latin1'), 'audio/amr'],
    ['a.eml', Buffer.from('From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\n\r\nhello'), 'message/rfc822'],
    ['a.txt', Buffer.from([0xd6, 0xd0, 0xce, 0xc4]), 'text/plain'],
    ['a.txt', Buffer.from('\uFEFF兰台', 'utf16le'), 'text/plain'],
    ['a.csv', Buffer.from('a,b\n1,2\n'), 'text/csv'],
    [
      'a.odt',
      zip([
        ['mimetype', 'application/vnd.oasis.opendocument.text'],
        ['content.xml', 'x'],
      ]),
      'application/vnd.oasis.opendocument.text',
    ],
    [
      'a.docx',
      zip([
        ['[Content_Types].xml', 'x'],
        ['word/document.xml', 'x'],
      ]),
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    ],
    ['a.doc', ole('WordDocument'), 'application/msword'],
    ['a.msg', ole('__nameid_version1.0'), 'application/vnd.ms-outlook'],
    ['a.dat', Buffer.from([0, 1, 2, 250, 251]), 'application/octet-stream'],
  ];
  for (const [name, head, type] of cases) t.is((await inspectFile(head, name)).type, type, name);
});

test('R7: empty and encrypted files are kept and marked', async (t) => {
  t.like(await inspectFile(Buffer.alloc(0), '空.pdf'), { type: 'application/pdf', flags: ['empty'] });
  const pdf = Buffer.from('%PDF-1.4\n1 0 obj\n<<>>\nendobj\n');
  t.deepEqual((await inspectFile(pdf, 'a.pdf', undefined, Buffer.from('trailer <</Root 1 0 R /Encrypt 8 0 R>>'))).flags, ['encrypted']);
  t.deepEqual((await inspectFile(zip([['a', 'x']], true), 'a.zip')).flags, ['encrypted']);
  t.deepEqual((await inspectFile(ole('EncryptedPackage'), 'a.docx')).flags, ['encrypted']);
  t.deepEqual(
    (
      await inspectFile(
        zip([
          ['xl/workbook.xml', 'x'],
          ['xl/vbaProject.bin', 'x'],
        ]),
        'a.xlsm',
      )
    ).flags,
    ['macros'],
  );
});

test('a stream passes through unchanged and its end adds what only the end shows', async (t) => {
  const content = Buffer.concat([Buffer.from('%PDF-1.4\n'), Buffer.alloc(300_000, 0x20), Buffer.from('trailer <</Encrypt 8 0 R>>')]);
  const chunks = function* (): Generator<Buffer> {
    for (let at = 0; at < content.length; at += 10_007) yield content.subarray(at, at + 10_007);
  };
  const stream = await inspectStream(Readable.from(chunks()), '../x.pdf');
  t.like(stream.inspected, { type: 'application/pdf', name: 'x.pdf', flags: ['name_cleaned'] });
  t.true(content.equals(await buffer(stream.body)));
  t.deepEqual(stream.finish(), ['name_cleaned', 'encrypted']);
  t.is(stream.size(), content.length);
  await t.throwsAsync(inspectStream(Readable.from([pe()]), 'x.pdf'), { message: 'refused_file' });
  const failing = new Readable({
    read() {
      this.destroy(new Error('cut'));
    },
  });
  await t.throwsAsync(inspectStream(failing, 'x.pdf'), { message: 'cut' });
});

test('any bytes under any name end in a type or a coded refusal', async (t) => {
  await t.notThrowsAsync(
    fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 600 }),
        fc.constantFrom('', 'PK\x03\x04', 'd0cf11e0', '%PDF-', 'Rar!\x1a\x07\x00', 'MZ', '#!'),
        fc.string({ unit: 'binary' }),
        async (bytes, start, name) => {
          const lead = start === 'd0cf11e0' ? Buffer.from('d0cf11e0a1b11ae1', 'hex') : Buffer.from(start, 'latin1');
          const reason = await reasonOf(Buffer.concat([lead, bytes]), name);
          return typeof reason === 'string';
        },
      ),
    ),
  );
});

const OFFICE = 'application/vnd.openxmlformats-officedocument';
const TYPES: Record<string, string> = {
  'LibreOfficeCalc_ods_1.3.ods': 'application/vnd.oasis.opendocument.spreadsheet',
  'LibreOfficeWriter_odt_1.3.odt': 'application/vnd.oasis.opendocument.text',
  'Neddy_Flyer_HeatherRyan.pdf': 'application/pdf',
  'PDF-Sample-Document-Fully-Featured-Layout.docx': `${OFFICE}.wordprocessingml.document`,
  'Reviews.xls': 'application/vnd.ms-excel',
  'encryption_openpassword.pdf': 'application/pdf encrypted',
  'fileAttachment.pdf': 'application/pdf',
  'gbk.zip': 'application/zip',
  'gdoc-page-1.png': 'image/png',
  'lorem-ipsum.docx': `${OFFICE}.wordprocessingml.document`,
  'lorem-ipsum.pdf': 'application/pdf',
  'lorem-ipsum.rtf': 'application/rtf',
  'test-documents.zip': 'application/zip',
  'testEXCEL.xlsx': `${OFFICE}.spreadsheetml.sheet`,
  'testEXCEL_dateFormats.xlsx': `${OFFICE}.spreadsheetml.sheet`,
  'testEmailWithPNGAtt.eml': 'message/rfc822',
  'testJPEG_EXIF.jpg': 'image/jpeg',
  'testMBOX_complex.mbox': 'application/mbox',
  'testMP3id3v24.mp3': 'audio/mpeg',
  'testMSG_chinese.msg': 'application/vnd.ms-outlook',
  'testOCR.pdf': 'application/pdf',
  'testPPT.pptx': `${OFFICE}.presentationml.presentation`,
  'testRFC822_multipart_attachments.eml': 'message/rfc822',
  'testTIFF_multipage.tif': 'image/tiff',
  'testWAV.wav': 'audio/wav',
  'testWORD.docx': `${OFFICE}.wordprocessingml.document`,
  'testWORD_3imgs.docx': `${OFFICE}.wordprocessingml.document`,
  'text_only_pdfa1b.pdf': 'application/pdf',
  '个人信息保护法(2021-08-20).md': 'text/markdown',
  '档案法(2020-06-20).md': 'text/markdown',
};

(existsSync(SHARED) ? test : test.skip)('R7: real attachments are taken with the types they have', async (t) => {
  const found: Record<string, string> = {};
  for (const name of readdirSync(SHARED)) {
    const content = readFileSync(new URL(encodeURIComponent(name), SHARED));
    const one = await inspectFile(content.subarray(0, HEAD_BYTES), name, undefined, content.subarray(-TAIL_BYTES));
    found[name] = [one.type, ...one.flags].join(' ');
  }
  t.deepEqual(found, TYPES);
});
