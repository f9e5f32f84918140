#!/usr/bin/env node
// The command `lantai`: the compiled program, or a word on how to compile it.
import { existsSync } from 'node:fs';

const main = new URL('../dist/src/main.js', import.meta.url);
if (existsSync(main)) await import(main.href);
else {
  console.error('lantai: not built yet. 尚未编译。npm ci && npm run build');
  process.exitCode = 1;
}
