import { inspect } from 'node:util';
import type { Logger } from 'ciba-backchannel';

export interface LogEntry {
  level: keyof Logger;
  message: string;
  details?: Record<string, unknown>;
}

/** A logger that keeps what it hears. */
export interface RecordingLogger extends Logger {
  readonly entries: LogEntry[];
  /** Everything that it heard, to any depth, as one text to search in. */
  text(): string;
}

export function recordingLogger(): RecordingLogger {
  const entries: LogEntry[] = [];
  const record = (level: keyof Logger) => (message: string, details?: object) => {
    entries.push({ level, message, ...(details && { details: details as Record<string, unknown> }) });
  };
  return {
    entries,
    text: () => inspect(entries, { depth: null, maxStringLength: null, maxArrayLength: null, showHidden: true }),
    debug: record('debug'),
    info: record('info'),
    warn: record('warn'),
    error: record('error'),
  };
}
