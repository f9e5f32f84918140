/**
 * The program's entry. It runs under the Node that is pinned in package.json: started by an older one, it starts itself
 * again with that. Nothing may be imported here that an old Node could not load.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const NEEDED = 24;

/** The npm package `node` holds a whole Node; it lies beside our other packages, or above them where we are one ourselves. */
function pinnedNode(): string | undefined {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  return [`../../node_modules/node/bin/${name}`, `../../../node/bin/${name}`]
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path));
}

function again(node: string): void {
  const child = spawn(node, [...process.execArgv, ...process.argv.slice(1)], { stdio: 'inherit', env: { ...process.env, LANTAI_RESTARTED: '1' } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void child.kill(signal));
  child.once('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 143);
  });
}

if (Number(process.versions.node.split('.')[0]) >= NEEDED) {
  const { run } = await import('./cli/program.js');
  await run(process.argv);
} else {
  const node = process.env['LANTAI_RESTARTED'] ? undefined : pinnedNode();
  if (node) again(node);
  else {
    console.error(
      `Lantai 兰台: Node ≥ ${NEEDED} is needed, this is ${process.version}. 需要 Node ≥ ${NEEDED}。npm ci brings it 会自动安装: npm ci && npm start`,
    );
    process.exitCode = 1;
  }
}
