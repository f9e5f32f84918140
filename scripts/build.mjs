// Compiles the project, unless what lies in `dist` was made from exactly these sources (`--if-changed`).
// A deleted source file cannot live on as a compiled one: every build begins with an empty folder.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = join(root, 'dist', '.sources');

/** Paths, sizes and times of everything that the compiler reads. */
function sources() {
  const hash = createHash('sha256');
  const add = (path) => {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  };
  for (const folder of ['src', 'test', 'scripts']) {
    for (const name of readdirSync(join(root, folder), { recursive: true }).sort()) if (/\.tsx?$/.test(name)) add(join(root, folder, name));
  }
  for (const file of ['package-lock.json', 'tsconfig.json']) add(join(root, file));
  return hash.digest('hex');
}

const now = sources();
const made = process.argv.includes('--if-changed') && existsSync(stamp) && readFileSync(stamp, 'utf8') === now;
if (!made) {
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const { status } = spawnSync(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', root], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(stamp, now);
}
