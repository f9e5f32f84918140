import { createHash, type KeyObject } from 'node:crypto';
import { readSync, writeSync } from 'node:fs';
import { constants, open, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CodedError } from '../../errors/index.js';
import { signCheckpoint } from './note.js';
import { Frontier, type Hash } from './tree.js';

/** Two slots, written in turn: a write that is cut leaves the other one whole. */
const SLOT = 4096;

export interface Signed {
  log: string;
  size: bigint;
  root: Hash;
  note: string;
}

/** What the signer remembers about the last tree it signed. */
export interface SignerMemory {
  log: string;
  size: bigint;
  root: Hash;
}

interface State {
  counter: number;
  epoch: string;
  log: string;
  size: string;
  roots: string[];
}

export interface SignRequest {
  log: string;
  origin: string;
  /** Size from which `leaves` go on; must be what the signer signed last in this log. */
  from: bigint;
  leaves: readonly Hash[];
  /** Epoch of the integrator that asks. */
  epoch: bigint;
}

export function refused(detail: string): CodedError {
  return new CodedError('audit_unavailable', { detail: `signer: ${detail}` });
}

function encode(state: State): Buffer {
  const body = JSON.stringify(state);
  const slot = Buffer.alloc(SLOT, ' ');
  slot.write(`${createHash('sha256').update(body).digest('hex')} ${body}\n`);
  return slot;
}

function decode(slot: Buffer): State | undefined {
  const text = slot.toString('utf8').trimEnd();
  const body = text.slice(65);
  if (createHash('sha256').update(body).digest('hex') !== text.slice(0, 64)) return undefined;
  return JSON.parse(body) as State;
}

/** Read at once: two pages that were written a moment ago lie in memory, and a way over the threads takes longer than they do. */
function readState(file: FileHandle): State | undefined {
  const both = Buffer.alloc(2 * SLOT);
  const bytesRead = readSync(file.fd, both, 0, both.length, 0);
  const states = [0, SLOT].map((start) => decode(both.subarray(start, Math.min(start + SLOT, bytesRead)))).filter((state) => state !== undefined);
  if (bytesRead > 0 && states.length === 0) throw refused('its memory is damaged');
  return states.sort((a, b) => b.counter - a.counter)[0];
}

const frontierOf = (state: State): Frontier =>
  new Frontier(
    BigInt(state.size),
    state.roots.map((root) => Buffer.from(root, 'base64')),
  );

const toMemory = (state: State | undefined): SignerMemory | null =>
  state ? { log: state.log, size: BigInt(state.size), root: frontierOf(state).root() } : null;

/** Where the signer of a keystore keeps its memory. */
export function memoryPath(folder: string): string {
  return join(folder, 'audit-signer');
}

/** What the signer of a keystore remembers, read without disturbing it; `null` where it has no memory. */
export async function readSignerMemory(folder: string): Promise<SignerMemory | null> {
  try {
    const file = await open(memoryPath(folder), constants.O_RDONLY);
    try {
      return toMemory(readState(file));
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Signs heads of the log. It keeps the right edge of the last tree it signed on its own disk and extends that edge itself,
 * so that it cannot sign anything that does not contain, unchanged, all that it signed before: whatever the database says.
 */
export class Signer {
  private constructor(
    private readonly file: FileHandle,
    private readonly keys: { privateKey: KeyObject; publicKey: KeyObject },
  ) {}

  /** @param path of its memory, beside the signing key */
  static async open(path: string, keys: { privateKey: KeyObject; publicKey: KeyObject }): Promise<Signer> {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    const folder = await open(dirname(path), 'r');
    try {
      await folder.sync(); // its name must be as durable as what is written into it
    } finally {
      await folder.close();
    }
    return new Signer(file, keys);
  }

  /** What it signed last; `null` when it has never signed. */
  async last(): Promise<SignerMemory | null> {
    return toMemory(readState(this.file));
  }

  /** The newest epoch that it knows; 0 when it has never signed. */
  async epoch(): Promise<bigint> {
    return BigInt(readState(this.file)?.epoch ?? 0);
  }

  /** Signs the tree that is the last one plus `leaves`. Its memory is on disk before the signature leaves. */
  async sign(request: SignRequest): Promise<Signed> {
    const state = readState(this.file);
    if (state && BigInt(state.epoch) > request.epoch) throw refused('a newer integrator is at work');
    if (state && state.log > request.log) throw refused('that log is closed');
    const goesOn = state?.log === request.log;
    const frontier = goesOn ? frontierOf(state) : new Frontier();
    if (frontier.size !== request.from) throw refused('this does not extend what was signed');
    for (const leaf of request.leaves) frontier.append(leaf);
    const root = frontier.root();
    const note = signCheckpoint({ origin: request.origin, size: frontier.size, root }, this.keys);
    const counter = (state?.counter ?? 0) + 1;
    const next: State = {
      counter,
      epoch: String(request.epoch),
      log: request.log,
      size: String(frontier.size),
      roots: frontier.roots.map((one) => one.toString('base64')),
    };
    if (!goesOn || request.leaves.length > 0) {
      writeSync(this.file.fd, encode(next), 0, SLOT, (counter % 2) * SLOT);
      await this.file.datasync();
    }
    return { log: request.log, size: frontier.size, root, note };
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}
