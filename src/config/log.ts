import { type DestinationStream, pino } from 'pino';
import { CodedError } from '../errors/index.js';

/** What a log line may carry: numbers, flags, and short codes or ids. Never content, never personal data, so no objects. */
export type LogFacts = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Logger {
  debug(event: string, facts?: LogFacts): void;
  info(event: string, facts?: LogFacts): void;
  warn(event: string, facts?: LogFacts): void;
  /** With the error's class, code and place; its message only where it is one of ours, since others quote what they were fed. */
  error(event: string, error: unknown, facts?: LogFacts): void;
  child(facts: LogFacts): Logger;
}

interface Described {
  name: string;
  code?: string;
  detail?: string;
  constraint?: string;
  frames?: string[];
  cause?: Described;
}

const field = (error: object, key: string): string | undefined => {
  const value: unknown = Reflect.get(error, key);
  return typeof value === 'string' && value.length <= 100 ? value : undefined;
};

/** An error as it may stand in the log. Messages of libraries and of the database are left out: they quote values. */
export function describeError(error: unknown, depth = 0): Described {
  if (!(error instanceof Error)) return { name: typeof error };
  const code = field(error, 'code');
  const constraint = field(error, 'constraint');
  const detail = error instanceof CodedError ? error.detail : undefined;
  const frames = error.stack
    ?.split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 12)
    .map((line) => line.trim());
  return {
    name: error.name,
    ...(code === undefined ? {} : { code }),
    ...(detail === undefined ? {} : { detail }),
    ...(constraint === undefined ? {} : { constraint }),
    ...(frames === undefined ? {} : { frames }),
    ...(error.cause !== undefined && depth < 3 ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}

function wrap(base: pino.Logger): Logger {
  return {
    debug: (event, facts = {}) => base.debug(facts, event),
    info: (event, facts = {}) => base.info(facts, event),
    warn: (event, facts = {}) => base.warn(facts, event),
    error: (event, error, facts = {}) => base.error({ ...facts, error: describeError(error) }, event),
    child: (facts) => wrap(base.child(facts)),
  };
}

/** JSON lines on standard error (or where told), one per event. */
export function createLogger(options: { level: string; destination?: DestinationStream }): Logger {
  const destination = options.destination ?? pino.destination({ dest: 2, sync: true });
  return wrap(
    pino(
      { level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) }, messageKey: 'event' },
      destination,
    ),
  );
}

/** Says nothing; for tests and commands that report otherwise. */
export const silentLogger: Logger = createLogger({ level: 'silent' });
