/** One read of the store, whatever told of it. */
export interface StoreRead {
  /** When it began. */
  at: Date;
  key: string;
  /** Bytes asked for; `null` = all of them. */
  range: { start: number; end: number } | null;
  /** Of the request that it was made for, or the store's own number for it. */
  request: string | null;
  /** Name of the credential, where the store tells. */
  credential: string | null;
}

export const READ_SOURCES = ['journal', 'minio', 'trace', 'rgw'] as const;
export type ReadSource = (typeof READ_SOURCES)[number];

/** A line of a log: a read, something else that the store did, or nothing that is understood. */
export type Told = { read: StoreRead; source: ReadSource } | { read: null; source: ReadSource } | undefined;

type Json = Record<string, unknown>;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const json = (value: unknown): Json => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {});

/** Bytes may have left: also where the reader went away in the middle. */
const gave = (status: unknown): boolean => [0, 200, 206, 499].includes(Number(status ?? 0));

function timeOf(value: unknown, before = 0): Date | undefined {
  const at = Date.parse(text(value).replace(/(\.\d{3})\d+/, '$1'));
  return Number.isNaN(at) ? undefined : new Date(at - before);
}

/** `bytes=0-71`, `bytes=100-`, `bytes=-5`: a suffix is told as all, since it may be. */
export function rangeOf(header: unknown): StoreRead['range'] {
  const match = /^bytes=(\d+)-(\d*)$/.exec(text(header));
  return match ? { start: Number(match[1]), end: match[2] === '' ? Number.MAX_SAFE_INTEGER : Number(match[2]) + 1 } : null;
}

/** A header by its name, in whatever letters. */
function header(headers: unknown, name: string): string {
  const found = Object.entries(json(headers)).find(([key]) => key.toLowerCase() === name);
  return text(found?.[1]);
}

/** `/bucket/key?query` or `bucket/key`, as a path or as the source of a copy. */
function inBucket(path: string, bucket: string): string | null {
  const plain = path.split('?')[0] ?? '';
  let name: string;
  try {
    name = decodeURIComponent(plain).replace(/^\//, '');
  } catch {
    return null;
  }
  return name.startsWith(`${bucket}/`) ? name.slice(bucket.length + 1) : null;
}

const READS = new Set(['GetObject', 'SelectObjectContent', 'GetObjectLambda', 'GetObjectExtract']);
const COPIES = new Set(['CopyObject', 'CopyObjectPart']);

/** What an operation of MinIO read: the object itself, or the source of a copy. */
function minioKey(api: string, own: string | null, headers: unknown, bucket: string): string | null {
  if (READS.has(api)) return own;
  return COPIES.has(api) ? inBucket(header(headers, 'x-amz-copy-source'), bucket) : null;
}

function fromMinio(line: Json, bucket: string): Told {
  const api = json(line['api']);
  const took = Number(text(api['timeToResponseInNS']) || 0) / 1e6; // told when it ended
  const at = timeOf(line['time'], took);
  if (!at) return undefined;
  const own = text(api['bucket']) === bucket ? text(api['object']) : null;
  const key = gave(api['statusCode']) ? minioKey(text(api['name']), own, line['requestHeader'], bucket) : null;
  if (!key) return { read: null, source: 'minio' };
  const range = rangeOf(header(line['requestHeader'], 'range'));
  return { read: { at, key, range, request: text(line['requestID']) || null, credential: text(line['accessKey']) || null }, source: 'minio' };
}

/** `mc admin trace --json`, short or with `-v`. */
function fromTrace(line: Json, bucket: string): Told {
  const at = timeOf(line['time']);
  if (!at) return undefined;
  const [request, response] = [json(line['request']), json(line['response'])];
  const api = text(line['api']).replace(/^s3\./, '');
  const status = line['statusCode'] ?? response['statusCode'];
  const key = gave(status) ? minioKey(api, inBucket(text(line['path']), bucket), request['headers'], bucket) : null;
  if (!key) return { read: null, source: 'trace' };
  const id = header(response['headers'], 'x-amz-request-id') || null;
  return { read: { at, key, range: rangeOf(header(request['headers'], 'range')), request: id, credential: null }, source: 'trace' };
}

const RGW_READS = new Set(['get_obj', 'copy_obj']);

function fromRgw(line: Json, bucket: string): Told {
  const at = timeOf(line['time']);
  if (!at) return undefined;
  // the key stands in the address alone; of a copy it is that of the copy, and where it came from is not told
  const path = text(line['uri']).split(' ')[1] ?? '';
  const key = RGW_READS.has(text(line['operation'])) && gave(line['http_status']) ? inBucket(path, bucket) : null;
  if (!key) return { read: null, source: 'rgw' };
  return {
    read: { at, key, range: null, request: text(line['trans_id']) || null, credential: text(line['access_key_id']) || text(line['user']) || null },
    source: 'rgw',
  };
}

function fromJournal(line: Json): Told {
  const at = timeOf(line['t']);
  if (!at || typeof line['k'] !== 'string') return undefined;
  const range = typeof line['s'] === 'number' && typeof line['e'] === 'number' ? { start: line['s'], end: line['e'] } : null;
  return { read: { at, key: line['k'], range, request: text(line['r']) || null, credential: null }, source: 'journal' };
}

/** Reads one entry of whichever log it is. `bucket` is the archive's own; what happens elsewhere is none of its reads. */
export function toldBy(entry: string, bucket: string): Told {
  let line: Json;
  try {
    // the socket of RGW writes one long array
    line = json(
      JSON.parse(
        entry
          .trim()
          .replace(/^\[/, '')
          .replace(/[,\]]+$/, ''),
      ),
    );
  } catch {
    return undefined;
  }
  if ('k' in line && 't' in line) return fromJournal(line);
  if ('operation' in line && 'uri' in line) return fromRgw(line, bucket);
  if (typeof line['api'] === 'object') return fromMinio(line, bucket);
  if (typeof line['api'] === 'string' && 'path' in line) return fromTrace(line, bucket);
  return undefined;
}
