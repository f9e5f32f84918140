import { type Archive, openArchive } from '../app/index.js';
import { noticeText, type Terminal } from './terminal.js';

/**
 * Opens the archive for one command: attaches to the stores of a running server, or starts what is embedded for the time
 * of the command; `last` is done at its end, while the log still works. Entries that the command makes are moved into the log by whoever runs the integrator.
 */
export async function withArchive(terminal: Terminal, work: (archive: Archive) => Promise<void>, last?: (archive: Archive) => Promise<unknown>): Promise<void> {
  const tell = (notice: Parameters<typeof noticeText>[1]): void => terminal.line(noticeText(terminal, notice));
  const archive = await openArchive(terminal.config(), { log: terminal.log(), tell, migrate: true });
  try {
    await archive.audit.startIntegrator();
    await archive.vault.prepare();
    await archive.policies.start();
    await archive.rules.start();
    await work(archive);
  } finally {
    await archive.rules.stop();
    await archive.policies.stop();
    await archive.close(last && (() => last(archive)));
  }
}
