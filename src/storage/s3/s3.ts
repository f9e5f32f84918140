import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Readable } from 'node:stream';
import { type BucketItem, Client, LEGAL_HOLD_STATUS, RETENTION_MODES } from 'minio';
import { isLocked, notFound, onHold, storeUnavailable } from '../failures.js';
import { checkKey } from '../paths.js';
import type { ByteRange, ObjectEntry, ObjectRef, ObjectStat, ObjectStore, Put } from '../port.js';
import { prepareBucket } from './bucket.js';
import { isMissing, s3Code, translate } from './errors.js';
import { PATIENCE, type Patience, patientTransport } from './patience.js';
import { upload } from './upload.js';

export interface S3Options {
  /** `https://s3.example.org`, with a port where it is not the usual one. */
  endpoint: string;
  bucket: string;
  accessKey: string;
  secretKey: string;
  region?: string;
  /** `true` (the default) addresses the bucket by path, which every server understands. */
  pathStyle?: boolean;
  /** How long a server may keep one waiting. */
  patience?: Patience;
}

/** Any S3 with Object Lock: a bucket with versions, whose default retention locks every object from its first moment. */
export class S3Store implements ObjectStore {
  readonly kind = 's3';
  readonly #client: Client;
  readonly #bucket: string;
  readonly #region: string;
  readonly #agent: HttpAgent;

  constructor(options: S3Options) {
    const url = new URL(options.endpoint);
    const useSSL = url.protocol === 'https:';
    this.#agent = useSSL ? new HttpsAgent({ keepAlive: true, maxSockets: 64 }) : new HttpAgent({ keepAlive: true, maxSockets: 64 });
    this.#region = options.region ?? 'us-east-1';
    this.#bucket = options.bucket;
    this.#client = new Client({
      endPoint: url.hostname,
      port: url.port ? Number(url.port) : useSSL ? 443 : 80,
      useSSL,
      accessKey: options.accessKey,
      secretKey: options.secretKey,
      region: this.#region,
      pathStyle: options.pathStyle ?? true,
      transport: patientTransport(useSSL, options.patience ?? PATIENCE),
      transportAgent: this.#agent,
      retryOptions: { disableRetry: true }, // its retries write to the console; callers retry
    });
  }

  prepare(): Promise<void> {
    return this.#run('write', () => prepareBucket(this.#client, this.#bucket, this.#region));
  }

  async put(key: string, body: Readable | Buffer, size: number | null, until?: Date): Promise<Put> {
    const made = await this.#put(key, body, size);
    return until ? { ...made, lockedUntil: await this.lockUntil(made, until) } : made;
  }

  async #put(key: string, body: Readable | Buffer, size: number | null): Promise<Put> {
    checkKey(key);
    let streamError: { error: unknown } | undefined;
    if (!Buffer.isBuffer(body)) body.on('error', (error) => (streamError = { error }));
    try {
      const made = await upload({ client: this.#client, bucket: this.#bucket, key }, body, size);
      if (made.version === null) throw storeUnavailable('the bucket keeps no versions');
      return { key, version: made.version, size: made.size };
    } catch (error) {
      if (!Buffer.isBuffer(body)) body.destroy();
      throw streamError && streamError.error === error ? error : translate(error, 'write');
    }
  }

  /** What a server shows is durable. */
  async settle(ref: ObjectRef): Promise<void> {
    if (!(await this.stat(ref))) throw notFound();
  }

  async get(ref: ObjectRef, range?: ByteRange): Promise<Readable> {
    checkKey(ref.key);
    if (range && range.end <= range.start) {
      if (!(await this.stat(ref))) throw notFound();
      return Readable.from([], { objectMode: false });
    }
    const options = { versionId: ref.version };
    try {
      if (!range) return await this.#client.getObject(this.#bucket, ref.key, options);
      return await this.#client.getPartialObject(this.#bucket, ref.key, range.start, range.end - range.start, options);
    } catch (error) {
      if (s3Code(error) === 'InvalidRange') return Readable.from([], { objectMode: false });
      throw translate(error, 'read');
    }
  }

  async stat(ref: ObjectRef): Promise<ObjectStat | undefined> {
    checkKey(ref.key);
    return this.#run('read', async () => {
      const head = await this.#client.statObject(this.#bucket, ref.key, { versionId: ref.version }).catch((error: unknown) => {
        if (isMissing(error) || s3Code(error) === 'InvalidArgument') return undefined;
        throw error;
      });
      if (!head) return undefined;
      const [lockedUntil, legalHold] = await Promise.all([this.#lockedUntil(ref), this.#isHeld(ref)]);
      return { ...ref, size: head.size, modifiedAt: head.lastModified, lockedUntil, legalHold };
    });
  }

  async lockUntil(ref: ObjectRef, until: Date): Promise<Date> {
    checkKey(ref.key);
    return this.#run('read', async () => {
      const wanted = new Date(Math.ceil(until.getTime() / 1000) * 1000); // servers keep whole seconds
      const before = await this.#lockedUntil(ref);
      if (before && before >= until) return before;
      await this.#client.putObjectRetention(this.#bucket, ref.key, {
        mode: RETENTION_MODES.COMPLIANCE,
        retainUntilDate: wanted.toISOString(),
        versionId: ref.version,
      });
      const after = await this.#lockedUntil(ref);
      if (!after || after < until) throw storeUnavailable('the server does not keep lock dates');
      return after;
    });
  }

  async setLegalHold(ref: ObjectRef, on: boolean): Promise<void> {
    checkKey(ref.key);
    await this.#run('read', async () => {
      const status = on ? LEGAL_HOLD_STATUS.ENABLED : LEGAL_HOLD_STATUS.DISABLED;
      await (this.#client.setObjectLegalHold(this.#bucket, ref.key, { versionId: ref.version, status }) as unknown as Promise<void>);
      if ((await this.#isHeld(ref)) !== on) throw storeUnavailable('the server does not keep legal holds');
    });
  }

  async *list(prefix: string, options: { markers?: boolean } = {}): AsyncIterable<ObjectEntry> {
    const stream = this.#client.listObjects(this.#bucket, prefix, true, { IncludeVersion: true });
    try {
      for await (const item of stream as AsyncIterable<BucketItem & { versionId?: string; isDeleteMarker?: boolean | string }>) {
        const marker = String(item.isDeleteMarker) === 'true';
        if (item.name === undefined || (marker && options.markers !== true)) continue;
        const entry = { key: item.name, version: String(item.versionId), modifiedAt: new Date(item.lastModified) };
        yield marker ? { ...entry, size: 0, marker } : { ...entry, size: item.size };
      }
    } catch (error) {
      throw translate(error, 'read');
    }
  }

  async remove(ref: ObjectRef & Pick<ObjectEntry, 'marker'>): Promise<void> {
    if (ref.marker !== true) {
      const found = await this.stat(ref);
      if (!found) throw notFound();
      if (found.legalHold) throw onHold();
      if (found.lockedUntil && found.lockedUntil > new Date()) throw isLocked();
    }
    // without the version a server would only put a delete marker on top
    await this.#run('remove', () => this.#client.removeObject(this.#bucket, ref.key, { versionId: ref.version }));
  }

  async tidy(before: Date): Promise<number> {
    return this.#run('read', async () => {
      let removed = 0;
      for await (const one of this.#client.listIncompleteUploads(this.#bucket, '', true) as AsyncIterable<{ key: string; uploadId: string; initiated: Date }>) {
        if (new Date(one.initiated) >= before) continue;
        await this.#client.abortMultipartUpload(this.#bucket, one.key, one.uploadId);
        removed++;
      }
      return removed;
    });
  }

  async close(): Promise<void> {
    this.#agent.destroy();
  }

  async #lockedUntil(ref: ObjectRef): Promise<Date | null> {
    try {
      const found = (await this.#client.getObjectRetention(this.#bucket, ref.key, { versionId: ref.version })) as { retainUntilDate?: string } | null;
      return found?.retainUntilDate ? new Date(found.retainUntilDate) : null;
    } catch (error) {
      if (/^(NoSuchObjectLockConfiguration|ObjectLockConfigurationNotFoundError)$/.test(s3Code(error) ?? '')) return null;
      throw error;
    }
  }

  async #isHeld(ref: ObjectRef): Promise<boolean> {
    try {
      const found = (await this.#client.getObjectLegalHold(this.#bucket, ref.key, { versionId: ref.version })) as unknown;
      const status = typeof found === 'object' && found !== null && 'Status' in found ? found.Status : found;
      return status === LEGAL_HOLD_STATUS.ENABLED;
    } catch (error) {
      if (/^(NoSuchObjectLockConfiguration|ObjectLockConfigurationNotFoundError)$/.test(s3Code(error) ?? '')) return false;
      throw error;
    }
  }

  async #run<T>(action: 'read' | 'write' | 'remove', act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      throw translate(error, action);
    }
  }
}
