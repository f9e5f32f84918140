/**
 * Programs are refused whatever they are called: by content where a loader recognises it, by name where only the name
 * makes a shell run it. An archive of service records has no use for them, and a reader would open them by a double click.
 */
export function isProgramByContent(head: Buffer): boolean {
  return isPe(head) || isElf(head) || isMachO(head) || isShortcut(head) || isDex(head) || isScript(head) || isWasm(head);
}

const starts = (head: Buffer, ...bytes: number[]): boolean => bytes.every((byte, i) => head[i] === byte);

/** "MZ" also starts honest text ("MZ 2026 …"), so the header behind it must make sense as well. */
function isPe(head: Buffer): boolean {
  if (!starts(head, 0x4d, 0x5a)) return false;
  if (head.length < 64) return head.includes(0);
  const at = head.readUInt32LE(60);
  const pe = at + 4 <= head.length && ['PE\0\0', 'NE', 'LE', 'LX'].some((mark) => head.toString('latin1', at, at + mark.length) === mark);
  return pe || head.subarray(0, 64).includes(0);
}

const isElf = (head: Buffer): boolean => starts(head, 0x7f, 0x45, 0x4c, 0x46);

const MACH = new Set([0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe, 0xcafebabe, 0xbebafeca, 0xcafebabf]);
const isMachO = (head: Buffer): boolean => head.length >= 4 && MACH.has(head.readUInt32BE(0)); // 0xcafebabe is a Java class as well

const isShortcut = (head: Buffer): boolean => starts(head, 0x4c, 0, 0, 0, 0x01, 0x14, 0x02, 0);

const isDex = (head: Buffer): boolean => head.toString('latin1', 0, 4) === 'dex\n';

const isWasm = (head: Buffer): boolean => starts(head, 0, 0x61, 0x73, 0x6d);

/** `#!AMR` is a recording, `#!/bin/sh` a script. */
function isScript(head: Buffer): boolean {
  const text = head.toString('latin1', 0, 64).replace(/^\u00ef\u00bb\u00bf/, '');
  return /^#!\s*\/|^@echo (?:on|off)\b|^<\?php\b/i.test(text);
}

const BY_NAME = new Set(
  (
    'exe com scr pif bat cmd ps1 psm1 psd1 vbs vbe vb js jse mjs cjs wsf wsh wsc hta msi msp mst msc lnk reg inf jar apk ipa dex class war ear ' +
    'sh bash zsh csh ksh command app dll ocx sys drv cpl so dylib elf run out deb rpm dmg pkg appimage py pyc pyw rb pl php phar asp aspx jsp ' +
    'gadget application scf url desktop workflow action xll chm hlp crx xpi swf wasm iso vhd vhdx'
  ).split(' '),
);
/** Macro-enabled Office files carry programs too, yet offices do keep them: taken, and marked `macros`. */
const MACRO = new Set('dotm docm xlsm xltm xlsb pptm potm ppsm sldm xlam ppam'.split(' '));

export function isProgramByName(extension: string): boolean {
  return BY_NAME.has(extension);
}

export function isMacroByName(extension: string): boolean {
  return MACRO.has(extension);
}
