import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { CodedError } from '../errors/index.js';

const NAME = /^(\d{6})_[a-z0-9_]+\.sql$/;
/** Any number; only that every migrator uses the same one matters. */
const LOCK = 7_104_211;

export interface Migration {
  number: number;
  file: string;
  text: string;
  digest: string;
}

/** The forward-only migrations of a folder in order. Throws on a badly named file or a number used twice. */
export async function readMigrations(folder: string | URL): Promise<Migration[]> {
  const list: Migration[] = [];
  for (const file of (await readdir(folder)).sort()) {
    const number = NAME.exec(file)?.[1];
    if (number === undefined) throw new Error(`not a migration's name: ${file}`);
    const text = await readFile(new URL(file, String(folder).replace(/\/?$/, '/')), 'utf8');
    list.push({ number: Number(number), file, text, digest: createHash('sha256').update(text).digest('hex') });
  }
  const doubled = list.find((one, i) => list[i - 1]?.number === one.number);
  if (doubled) throw new Error(`migration number used twice: ${doubled.file}`);
  return list;
}

/**
 * Brings the schema to the newest migration, each in a transaction of its own, under an advisory lock.
 * Refuses a database that is newer than this program, and one whose applied migrations differ from the files.
 * @param connectionString of the role `lantai_owner`
 * @returns the files applied now
 */
export async function migrate(connectionString: string, migrations: Migration[]): Promise<string[]> {
  const client = new pg.Client({ connectionString, application_name: 'lantai migrate' });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await client.query(`create table if not exists schema_migrations (
      number integer primary key, file text not null, digest text not null, applied_at timestamptz not null default now())`);
    const { rows } = await client.query<{ number: number; digest: string }>('select number, digest from schema_migrations order by number');
    const done = new Map(rows.map((row) => [row.number, row.digest]));
    const known = new Map(migrations.map((one) => [one.number, one.digest]));
    for (const [number, digest] of done) {
      if (!known.has(number))
        throw new CodedError('unavailable', { detail: `the database has migration ${number}, which this program does not know: it is too old` });
      if (known.get(number) !== digest) throw new CodedError('unavailable', { detail: `migration ${number} was changed after it had been applied` });
    }
    const applied: string[] = [];
    for (const one of migrations) {
      if (done.has(one.number)) continue;
      await client.query('begin');
      try {
        await client.query('insert into schema_migrations (number, file, digest) values ($1, $2, $3)', [one.number, one.file, one.digest]);
        await client.query(one.text);
        await client.query('commit');
      } catch (error) {
        await client.query('rollback');
        throw error;
      }
      applied.push(one.file);
    }
    return applied;
  } finally {
    await client.end();
  }
}
