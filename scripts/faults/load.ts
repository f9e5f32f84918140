import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Credential } from './server.js';

/** A record whose capture was acknowledged: it must be there for ever. */
export interface Acknowledged {
  id: string;
  serviceNo: string;
  content: Buffer;
}

/** What was promised to callers, or came into their hands, and is checked after the kills. */
export interface Ledger {
  acknowledged: Acknowledged[];
  /** Readings of which at least one byte of content arrived. */
  readings: string[];
  /** Answers that no caller should ever see, by status. */
  surprises: string[];
}

export const emptyLedger = (): Ledger => ({ acknowledged: [], readings: [], surprises: [] });

/** Answers that a kill explains: no connection, or a part that is out of reach for a moment. */
const EXPLAINED = new Set([502, 503, 507]);

function draft(serviceNo: string): Record<string, unknown> {
  const at = new Date(Date.now() - 3_600_000).toISOString();
  return {
    source: { system: 'faults' },
    serviceNo,
    openedAt: at,
    closedAt: at,
    serviceType: 'routine',
    client: { number: `K${randomInt(1_000)}`, type: 'individual' },
    staff: { name: 'Faults' },
    department: 'hotline',
    channel: 'phone',
    title: `Fault test ${serviceNo}`,
    content: 'What was asked',
    result: 'What was answered',
    evaluation: 5,
    medium: 'electronic',
    sensitivity: 'internal',
  };
}

export class Load {
  private stopped = false;
  private cookie = '';
  private running: Promise<void>[] = [];

  constructor(
    private readonly url: string,
    private readonly credentials: readonly Credential[],
    readonly ledger: Ledger,
  ) {}

  /** Signs the agent in; a session outlives the kills. */
  async signIn(): Promise<void> {
    const agent = this.credentials.find((one) => one.role === 'agent');
    const answer = await fetch(`${this.url}/api/v1/sessions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: agent?.username, password: agent?.password }),
    });
    if (answer.status !== 201) throw new Error(`sign-in answers ${answer.status}`);
    this.cookie = answer.headers
      .getSetCookie()
      .map((one) => one.split(';')[0])
      .join('; ');
  }

  /** Runs until `stop`; what a kill cuts off is tried again with the same number, as a source system would. */
  start(writers: number, readers: number): void {
    this.stopped = false;
    const loop = async (work: () => Promise<void>): Promise<void> => {
      while (!this.stopped) {
        try {
          await work();
        } catch {
          await sleep(50); // the connection was cut
        }
      }
    };
    const again = (one: () => () => Promise<void>): Promise<void> => loop(one());
    this.running = [...Array.from({ length: writers }, () => again(() => this.writer())), ...Array.from({ length: readers }, () => loop(() => this.read()))];
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.running);
  }

  private surprise(where: string, status: number): void {
    if (!EXPLAINED.has(status)) this.ledger.surprises.push(`${where}: ${status}`);
  }

  private writer(): () => Promise<void> {
    let waiting: { serviceNo: string; content: Buffer; body: string } | undefined;
    return async () => {
      const serviceNo = `F-${randomBytes(8).toString('hex')}`;
      waiting ??= { serviceNo, content: randomBytes(randomInt(1, 40_000)), body: JSON.stringify(draft(serviceNo)) };
      const form = new FormData();
      form.append('record', waiting.body);
      form.append('file', new Blob([new Uint8Array(waiting.content)]), 'content.bin');
      const token = this.credentials.find((one) => one.role === 'integration')?.password ?? '';
      const answer = await fetch(`${this.url}/api/v1/records`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: form });
      if (!answer.ok) {
        await answer.arrayBuffer();
        this.surprise('capture', answer.status);
        await sleep(50);
        return;
      }
      const { id } = (await answer.json()) as { id: string };
      this.ledger.acknowledged.push({ id, serviceNo: waiting.serviceNo, content: waiting.content });
      waiting = undefined;
    };
  }

  private async read(): Promise<void> {
    const { acknowledged } = this.ledger;
    const one = acknowledged[randomInt(Math.max(1, acknowledged.length))];
    if (one) await this.readOne(one);
    else await sleep(20);
  }

  /** Opens a reading and fetches the record's file; `undefined` when that was refused or cut. */
  async readOne(one: Acknowledged): Promise<Buffer | undefined> {
    const opened = await this.open(one);
    if (!opened) return undefined;
    const content = await this.get(opened.file);
    if (!content.ok) {
      await content.arrayBuffer();
      this.surprise('content', content.status);
      return undefined;
    }
    return this.receive(opened.reading, content);
  }

  /** Asks for something as the agent. */
  get(path: string): Promise<Response> {
    return fetch(this.url + path, { headers: { cookie: this.cookie } });
  }

  /** Opens a reading; its id, and the path of the record's file under it. */
  async open(one: Acknowledged): Promise<{ reading: string; file: string } | undefined> {
    const headers = { cookie: this.cookie, 'content-type': 'application/json' };
    const opened = await fetch(`${this.url}/api/v1/records/${one.id}/readings`, { method: 'POST', headers, body: JSON.stringify({ purpose: 'solve' }) });
    if (opened.status !== 201) {
      await opened.arrayBuffer();
      this.surprise('open reading', opened.status);
      return undefined;
    }
    const { id } = (await opened.json()) as { id: string };
    const reading = await this.get(`/api/v1/readings/${id}`);
    const { files = [] } = reading.ok ? ((await reading.json()) as { files?: { id: string }[] }) : {};
    const file = files[0];
    return file && { reading: id, file: `/api/v1/readings/${id}/files/${file.id}` };
  }

  /** Notes the reading as soon as its first byte is here, whatever comes after. */
  private async receive(reading: string, answer: Response): Promise<Buffer> {
    const pieces: Uint8Array[] = [];
    for await (const piece of answer.body ?? []) {
      if (pieces.length === 0) this.ledger.readings.push(reading);
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }
}
