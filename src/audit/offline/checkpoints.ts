import { hash, type KeyObject } from 'node:crypto';
import { openCheckpoint, readVerifierKey } from '../log/note.js';
import { archiveOf, logOf } from '../log/names.js';
import type { Hash } from '../log/tree.js';
import type { LogSource } from './source.js';

/** A checkpoint that a signature stands for, and where it was found. */
export interface KnownCheckpoint {
  log: string;
  size: bigint;
  root: Hash;
  /** SHA-256 of the note, by which the log of the next year names it. */
  digest: string;
  /** Its file, or the name that the caller gave to an outside one. */
  name: string;
  /** Found beside the log. */
  inside: boolean;
  /** Brought by whoever verifies. */
  outside: boolean;
}

/** What cannot be a checkpoint of this log, and why. */
export interface WrongCheckpoint {
  name: string;
  why: 'signature' | 'origin' | 'fork';
  log: string;
  size: bigint | null;
}

/** Keys by the name under which they sign: the origin of a log. */
export type VerifierKeys = ReadonlyMap<string, KeyObject>;

/** Reads verifier keys, a line each (C2SP signed note). Throws on a line that is none. */
export function readKeys(text: string): VerifierKeys {
  const keys = new Map<string, KeyObject>();
  for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
    const { name, publicKey } = readVerifierKey(line.trim());
    keys.set(name, publicKey);
  }
  return keys;
}

/** The key that signs a log: its own line, or that of another year of the same archive, whose key is the same. */
export function keyOf(keys: VerifierKeys, origin: string): KeyObject | undefined {
  return keys.get(origin) ?? [...keys].find(([name]) => archiveOf(name) === archiveOf(origin))?.[1];
}

export class Checkpoints {
  readonly wrong: WrongCheckpoint[] = [];
  readonly #bySize = new Map<string, Map<bigint, KnownCheckpoint>>();

  constructor(private readonly keys: VerifierKeys) {}

  /** Takes in a note. One that is not signed by a known key, or of another log than its place says, or that contradicts another of its size, is wrong. */
  add(note: string, name: string, place: string | null): void {
    const origin = note.slice(0, note.indexOf('\n'));
    const log = place ?? logOf(origin);
    const key = keyOf(this.keys, origin);
    if (!key) return this.#refuse({ name, why: 'origin', log, size: null });
    const opened = openCheckpoint(note, key);
    if (!opened) return this.#refuse({ name, why: 'signature', log, size: null });
    if (logOf(origin) !== log) return this.#refuse({ name, why: 'origin', log, size: opened.size });
    const known = this.#bySize.get(log) ?? new Map<bigint, KnownCheckpoint>();
    this.#bySize.set(log, known);
    const same = known.get(opened.size);
    if (same && !same.root.equals(opened.root)) return this.#refuse({ name, why: 'fork', log, size: opened.size });
    const inside = place !== null;
    if (same) known.set(opened.size, { ...same, name: inside ? same.name : name, inside: same.inside || inside, outside: same.outside || !inside });
    else {
      // not its origin: a part of the text would keep all of it in memory, and a year has a checkpoint for each minute
      const { size, root } = opened;
      known.set(size, { log, size, root, digest: hash('sha256', note), name, inside, outside: !inside });
    }
  }

  /** Those of a log, by size. */
  of(log: string): KnownCheckpoint[] {
    return [...(this.#bySize.get(log)?.values() ?? [])].sort((a, b) => (a.size < b.size ? -1 : 1));
  }

  /** The logs that checkpoints speak of. */
  logs(): string[] {
    return [...this.#bySize.keys()].sort();
  }

  #refuse(wrong: WrongCheckpoint): void {
    this.wrong.push(wrong);
  }
}

/** Reads every checkpoint that lies beside the logs of a source. */
export async function collectCheckpoints(source: LogSource, logs: readonly string[], keys: VerifierKeys): Promise<Checkpoints> {
  const found = new Checkpoints(keys);
  for (const log of logs) {
    const names = (await source.list(`${log}/checkpoints`)).filter((name) => /^\d{20}$/.test(name)).map((name) => `checkpoints/${name}`);
    for (const name of [...names, 'checkpoint']) {
      const note = await source.read(`${log}/${name}`);
      if (note) found.add(note.toString('utf8'), `${log}/${name}`, log);
    }
  }
  return found;
}
