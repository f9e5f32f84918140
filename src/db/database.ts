import pg from 'pg';
import Cursor from 'pg-cursor';
import { CodedError } from '../errors/index.js';
import { arrayText } from './array-text.js';
import type { Sql } from './sql.js';
import { Watch } from './watch.js';

const { DATE, INT8, TIMESTAMP } = pg.types.builtins;
const types = new pg.TypeOverrides();
types.setTypeParser(DATE, (text) => text); // a calendar day has no zone; a JavaScript Date would invent one
types.setTypeParser(INT8, (text) => BigInt(text));
types.setTypeParser(TIMESTAMP, () => {
  throw new Error('timestamp without time zone is not used here');
});

/** Anything that runs statements: the pool or a transaction. */
export interface Queryable {
  /** All rows. */
  many<T extends object = Record<string, unknown>>(statement: Sql): Promise<T[]>;
  /** Exactly one row; anything else is a defect. */
  one<T extends object = Record<string, unknown>>(statement: Sql): Promise<T>;
  /** One row or `undefined`; more is a defect. */
  maybe<T extends object = Record<string, unknown>>(statement: Sql): Promise<T | undefined>;
  /** Runs a statement; the number of rows it touched. */
  run(statement: Sql): Promise<number>;
}

/** A transaction. Statements run one after the other on one connection: never `Promise.all` over one `Tx`. */
export interface Tx extends Queryable {
  readonly isTx: true;
  /** Runs `act` after a successful commit (waking a worker, for instance). Errors in it are the caller's to catch. */
  afterCommit(act: () => void): void;
}

export interface TxOptions {
  isolation?: 'read committed' | 'repeatable read' | 'serializable';
  readOnly?: boolean;
}

export interface Db extends Queryable {
  /** Runs `work` in a transaction: commit when it resolves, rollback when it throws. Retries only serialization failures (40001, 40P01), at most 5 times. */
  tx<T>(work: (tx: Tx) => Promise<T>, options?: TxOptions): Promise<T>;
  /** Reads a large result in batches through a cursor, in a read-only snapshot. */
  stream<T extends object = Record<string, unknown>>(statement: Sql, batch?: number): AsyncIterable<T[]>;
  /** A dedicated connection for LISTEN; calls `heard` for every notification and `ready` after every (re)connect. */
  listen(channel: string, heard: (payload: string) => void, ready?: () => void): Promise<{ close(): Promise<void> }>;
  /** A connection held until `release` for session-level advisory locks. */
  session(): Promise<DbSession>;
  close(): Promise<void>;
  /** Pool figures for metrics. */
  readonly gauges: { total: number; idle: number; waiting: number };
}

export interface DbSession extends Queryable {
  tx<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** `destroy` closes the connection, which also frees every session lock. */
  release(destroy?: boolean): void;
  onLost(act: () => void): void;
}

export interface DbOptions {
  connectionString: string;
  max?: number;
  applicationName?: string;
  /** Every statement runs under this role, which the one that signs in is a member of. */
  role?: 'lantai_replay';
  /** Milliseconds a statement may take; 0 = no limit. Default 30,000. */
  statementTimeout?: number;
}

type Client = pg.PoolClient | pg.Client;

/** SQLSTATE of a driver error, or `undefined`. */
export function sqlState(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code)
    ? error.code
    : undefined;
}

/** Name of the constraint a driver error speaks of, or `undefined`. */
export function constraintOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'constraint' in error && typeof error.constraint === 'string' ? error.constraint : undefined;
}

/** The driver's `detail` and `where` quote row content ("Failing row contains …"), so they are dropped before anyone can log them. */
function scrub(error: unknown): unknown {
  if (error instanceof Error) {
    for (const key of ['detail', 'where', 'internalQuery', 'hint']) if (key in error) Reflect.deleteProperty(error, key);
  }
  const state = sqlState(error);
  const lost = error instanceof Error && /ECONN|terminat|Connection ended|timeout exceeded when trying to connect|not queryable/i.test(error.message);
  if (state === '53100') return new CodedError('disk_full', { cause: error });
  if (lost || (state !== undefined && /^(08|57P0|53300)/.test(state))) return new CodedError('unavailable', { detail: 'database', cause: error });
  return error;
}

/** Runs one statement somewhere. */
type Run = <T>(statement: Sql) => Promise<pg.QueryResult<T & pg.QueryResultRow>>;

/** Asks on one connection; where the server falls silent the connection is given up. */
function watched<T>(watch: Watch, client: Client, ask: () => Promise<T>): Promise<T> {
  return watch.over(ask, () => void client.end().catch(() => undefined)); // cuts at once: a query is under way
}

async function execute<T>(watch: Watch, client: Client, statement: Sql): Promise<pg.QueryResult<T & pg.QueryResultRow>> {
  try {
    return await watched(watch, client, () =>
      client.query<T & pg.QueryResultRow>({
        ...(statement.name === undefined ? {} : { name: statement.name }),
        text: statement.text,
        values: statement.values.map((value) => (Array.isArray(value) ? arrayText(value) : value)),
        types,
      }),
    );
  } catch (error) {
    throw scrub(error);
  }
}

function queryable(run: Run): Queryable {
  return {
    async many<T extends object>(statement: Sql) {
      return (await run<T>(statement)).rows;
    },
    async one<T extends object>(statement: Sql) {
      const { rows } = await run<T>(statement);
      if (rows.length !== 1) throw new Error(`expected one row, got ${rows.length}`);
      return rows[0] as T;
    },
    async maybe<T extends object>(statement: Sql) {
      const { rows } = await run<T>(statement);
      if (rows.length > 1) throw new Error(`expected at most one row, got ${rows.length}`);
      return rows[0] as T | undefined;
    },
    async run(statement: Sql) {
      return (await run(statement)).rowCount ?? 0;
    },
  };
}

async function transact<T>(watch: Watch, client: Client, work: (tx: Tx) => Promise<T>, options: TxOptions): Promise<T> {
  const after: (() => void)[] = [];
  const begin = `begin isolation level ${options.isolation ?? 'read committed'}${options.readOnly ? ' read only' : ''}`;
  let result: T;
  try {
    await watched(watch, client, () => client.query(begin));
    result = await work({ ...queryable((statement) => execute(watch, client, statement)), isTx: true, afterCommit: (act) => void after.push(act) });
    await watched(watch, client, () => client.query('commit'));
  } catch (error) {
    await watched(watch, client, () => client.query('rollback')).catch(() => undefined);
    throw scrub(error);
  }
  for (const act of after) act();
  return result;
}

const RETRY = new Set(['40001', '40P01']);

/** Opens a pool. The connection string is never logged. */
export function openDatabase(options: DbOptions): Db {
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    max: options.max ?? 10,
    application_name: options.applicationName ?? 'lantai',
    statement_timeout: options.statementTimeout ?? 30_000,
    idle_in_transaction_session_timeout: 300_000,
    connectionTimeoutMillis: 10_000,
    ...(options.role === undefined ? {} : { options: `-c role=${options.role}` }),
  });
  pool.on('error', () => undefined); // an idle connection died; the next query opens another
  // One that dies while it is lent out says so twice: the query fails, and the client emits an error that would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined));
  const watch = new Watch(options.connectionString);
  const base = queryable(async <T>(statement: Sql) => {
    const client = await connect();
    let broken = true;
    try {
      const result = await execute<T>(watch, client, statement);
      broken = false;
      return result;
    } catch (error) {
      broken = sqlState(error) === undefined; // whatever the server itself said leaves the connection whole
      throw error;
    } finally {
      client.release(broken);
    }
  });

  async function connect(): Promise<pg.PoolClient> {
    let taken: Promise<pg.PoolClient> | undefined;
    try {
      return await watch.over(
        () => (taken = pool.connect()),
        () =>
          void taken?.then(
            (late) => late.release(true),
            () => undefined,
          ),
      );
    } catch (error) {
      throw scrub(error);
    }
  }

  return {
    ...base,
    async tx(work, txOptions = {}) {
      for (let attempt = 1; ; attempt++) {
        const client = await connect();
        let broken = false;
        try {
          return await transact(watch, client, work, txOptions);
        } catch (error) {
          broken = error instanceof CodedError && error.code === 'unavailable';
          if (attempt >= 5 || !RETRY.has(sqlState(error) ?? '')) throw error;
        } finally {
          client.release(broken);
        }
      }
    },
    async *stream<T extends object>(statement: Sql, batch = 1000) {
      const client = await connect();
      let clean = false;
      try {
        await watched(watch, client, () => client.query('begin isolation level repeatable read read only'));
        const cursor = client.query(new Cursor<T>(statement.text, statement.values, { types }));
        for (;;) {
          const rows = await watched(watch, client, () => cursor.read(batch));
          if (rows.length === 0) break;
          yield rows;
        }
        await cursor.close();
        await watched(watch, client, () => client.query('commit'));
        clean = true;
      } catch (error) {
        throw scrub(error);
      } finally {
        client.release(!clean); // a consumer that stopped early leaves a cursor open: drop the connection
      }
    },
    async listen(channel, heard, ready) {
      if (!/^[a-z_]+$/.test(channel)) throw new Error('not a plain channel name');
      let closed = false;
      let client: pg.Client | undefined;
      let again: NodeJS.Timeout | undefined;
      const start = async (): Promise<void> => {
        if (closed) return;
        const next = new pg.Client({
          connectionString: options.connectionString,
          application_name: `${options.applicationName ?? 'lantai'} listen`,
          keepAlive: true,
        });
        next.on('notification', (message) => heard(message.payload ?? ''));
        const retry = (): void => {
          if (closed || client !== next) return;
          client = undefined;
          again = setTimeout(() => void start(), 500);
        };
        next.on('error', retry);
        next.on('end', retry);
        client = next;
        try {
          await next.connect();
          await next.query(`listen ${channel}`);
          ready?.();
        } catch {
          retry();
        }
      };
      await start();
      return {
        async close() {
          closed = true;
          clearTimeout(again);
          await client?.end().catch(() => undefined);
        },
      };
    },
    async session() {
      const client = await connect();
      const lost: (() => void)[] = [];
      const onError = (): void => {
        for (const act of lost) act();
      };
      client.on('error', onError);
      return {
        ...queryable((statement) => execute(watch, client, statement)),
        tx: (work) => transact(watch, client, work, {}),
        onLost: (act) => void lost.push(act),
        release(destroy = false) {
          client.off('error', onError);
          client.release(destroy);
        },
      };
    },
    async close() {
      watch.stop();
      await pool.end();
    },
    get gauges() {
      return { total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount };
    },
  };
}
