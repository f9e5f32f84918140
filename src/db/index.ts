export { constraintOf, openDatabase, sqlState } from './database.js';
export type { Db, DbOptions, DbSession, Queryable, Tx, TxOptions } from './database.js';
export { migrate, readMigrations } from './migrate.js';
export type { Migration } from './migrate.js';
export { newId } from './ids.js';
export { FALSE, ident, join, sql, Sql, TRUE } from './sql.js';
