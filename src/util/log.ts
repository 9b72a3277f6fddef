/** How much a log line matters, from the least to the most. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** All levels, from the least to the most important. */
export const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** One thing that was said, before it is formatted. */
export interface LogRecord {
  /** When it was said. */
  readonly time: Date;
  /** How much it matters. */
  readonly level: LogLevel;
  /** The job it is about, when it is about one. */
  readonly jobId?: string;
  /** What happened and what to do about it. */
  readonly message: string;
}

/**
 * Takes log records to where they should go: a terminal, a file, another logging library.
 *
 * @param record What was said. The bot token is already taken out of it.
 */
export type LogSink = (record: LogRecord) => void;

/**
 * Says things at a level. Jobs find theirs at `context.log`, where every line carries the id of the job.
 */
export interface Logger {
  /** Says what helps to find a fault, and what nobody wants to read every day. */
  debug(message: string): void;
  /** Says what happens in the normal course of things. */
  info(message: string): void;
  /** Says what is wrong but mends itself, or costs only a part. */
  warn(message: string): void;
  /** Says what is wrong and needs somebody. */
  error(message: string): void;
}

/** What a {@linkcode createLogger} needs to know besides the sink. */
export interface LoggerOptions {
  /** The job that every line is about. */
  readonly jobId?: string;
  /** The current time in milliseconds; `Date.now` unless told otherwise. */
  readonly now?: () => number;
}

/** Makes a logger that hands its records to `sink`. */
export function createLogger(sink: LogSink, options: LoggerOptions = {}): Logger {
  const { jobId, now = Date.now } = options;
  const say = (level: LogLevel) => (message: string): void =>
    sink({ time: new Date(now()), level, message, ...(jobId === undefined ? {} : { jobId }) });
  return { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
}

/**
 * Makes a sink that takes out of all that is said what is not to be shown.
 *
 * @param hide Takes it out of a text.
 */
export function hidingSink(sink: LogSink, hide: (text: string) => string): LogSink {
  return ({ message, jobId, ...record }) =>
    sink({
      ...record,
      // Whatever types say, JavaScript may hand over an error.
      message: hide(String(message)),
      ...(jobId === undefined ? {} : { jobId: hide(jobId) }),
    });
}

/** Makes a sink that passes on only the records of `level` and above. */
export function filterSink(sink: LogSink, level: LogLevel): LogSink {
  const least = LOG_LEVELS.indexOf(level);
  return (record) => {
    if (LOG_LEVELS.indexOf(record.level) >= least) sink(record);
  };
}
