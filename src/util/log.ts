/** The severity of a log record, in ascending order. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** All levels, in ascending order. */
export const LOG_LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** How log records are written. */
export type LogFormat = "text" | "json";

/** All formats. */
export const LOG_FORMATS: readonly LogFormat[] = ["text", "json"];

/** A log record, before it is formatted. */
export interface LogRecord {
  /** When it was logged. */
  readonly time: Date;
  /** The severity. */
  readonly level: LogLevel;
  /** The job that logged it; absent if the collector did. */
  readonly jobId?: string;
  /** The name of that job, if it has one. */
  readonly jobName?: string;
  /** What happened and what to do about it. */
  readonly message: string;
}

/**
 * Receives log records and writes them somewhere: to a terminal, a file, another logging library.
 *
 * @param record The record, with the bot token redacted.
 */
export type LogSink = (record: LogRecord) => void;

/** Logs messages. The logger of a job is `context.log`, which adds the id of the job to every record. */
export interface Logger {
  /** Logs details for debugging. */
  debug(message: string): void;
  /** Logs normal operation. */
  info(message: string): void;
  /** Logs a problem that resolves itself or affects only a part. */
  warn(message: string): void;
  /** Logs a problem that needs attention. */
  error(message: string): void;
}

interface LoggerOptions {
  /** The job id of every record. */
  readonly jobId?: string | undefined;
  /** The job name of every record. */
  readonly jobName?: string | undefined;
  /** Records below this level are not made. @default "debug" */
  readonly level?: LogLevel;
  /** Returns the current time in milliseconds. @default () => Date.now() */
  readonly now?: () => number;
}

/** Returns a logger that passes its records to `sink`. */
export function createLogger(sink: LogSink, options: LoggerOptions = {}): Logger {
  const { jobId, jobName, level: least = "debug", now = () => Date.now() } = options;
  const job = {
    ...(jobId === undefined ? {} : { jobId }),
    ...(jobName === undefined ? {} : { jobName }),
  };
  const logAt = (level: LogLevel) => (message: string): void => {
    if (!isBelow(level, least)) sink({ time: new Date(now()), level, message, ...job });
  };
  return { debug: logAt("debug"), info: logAt("info"), warn: logAt("warn"), error: logAt("error") };
}

/** Returns a sink that redacts the message and the job of every record. */
export function redactingSink(sink: LogSink, redact: (text: string) => string): LogSink {
  return ({ message, jobId, jobName, ...record }) =>
    sink({
      ...record,
      // JavaScript code may pass an error, whatever the type says.
      message: redact(String(message)),
      ...(jobId === undefined ? {} : { jobId: redact(jobId) }),
      ...(jobName === undefined ? {} : { jobName: redact(jobName) }),
    });
}

/** Returns a sink that passes on the records of `level` and above. */
export function filterSink(sink: LogSink, level: LogLevel): LogSink {
  return (record) => {
    if (!isBelow(record.level, level)) sink(record);
  };
}

function isBelow(level: LogLevel, least: LogLevel): boolean {
  return LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least);
}

/** Returns a sink that never throws: `sink` may be the bot's own code, which must not stop the jobs. */
export function neverThrowing(sink: LogSink): LogSink {
  return (record) => {
    try {
      sink(record);
    } catch {
      // There is nowhere else to log it.
    }
  };
}
