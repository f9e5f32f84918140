import type { Terminal } from './terminal.js';

/** Ctrl-C reaches the whole group of processes, and those above us pass it on: one press may be heard several times. */
const ONE_PRESS = 1_500;

/** Resolves at the first signal to stop. A later one leaves at once: nothing acknowledged is lost by that either. */
export function untilTold(terminal: Terminal): Promise<void> {
  return new Promise((done) => {
    let first: number | undefined;
    const hear = (): void => {
      if (first !== undefined && performance.now() - first > ONE_PRESS) process.exit(1);
      if (first !== undefined) return;
      first = performance.now();
      terminal.line(terminal.phrases.cli.serve.stopping);
      done();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, hear);
  });
}
