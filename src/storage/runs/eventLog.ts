/** The file of a run's metrics, held open by the worker that trains. */
import { needSize, openSync, writeAll, writeFile } from './diskFile';
import { decodeEvents, encodeEvents, wholeLineBytes } from './eventLines';
import type { RunEventBody } from '../../protocol/run';

export class EventLog {
  private constructor(
    private readonly access: FileSystemSyncAccessHandle,
    private sizeBytes: number,
  ) {}

  /** Opens the file, a new one where there is none, and cuts off a last line that was not finished. */
  static async open(directory: FileSystemDirectoryHandle, name: string): Promise<EventLog> {
    const handle = await directory.getFileHandle(name, { create: true });
    const access = await openSync(handle);
    const log = new EventLog(access, access.getSize());
    const whole = wholeLineBytes(log.bytes());
    if (whole < log.sizeBytes) access.truncate((log.sizeBytes = whole));
    return log;
  }

  /** Writes a new file of events. Throws `QuotaExceededError`. */
  static write(directory: FileSystemDirectoryHandle, name: string, events: readonly RunEventBody[]): Promise<void> {
    return writeFile(directory, name, encodeEvents(events));
  }

  /** Adds lines; what does not fit whole is not there. Throws `QuotaExceededError`. */
  append(events: readonly RunEventBody[]): void {
    const lines = encodeEvents(events);
    try {
      writeAll(this.access, lines, this.sizeBytes);
      needSize(this.access, this.sizeBytes + lines.length);
      this.sizeBytes += lines.length;
    } catch (error) {
      this.access.truncate(this.sizeBytes);
      throw error;
    }
  }

  read(): ReturnType<typeof decodeEvents> {
    return decodeEvents(this.bytes());
  }

  flush(): void {
    this.access.flush();
  }

  close(): void {
    this.access.close();
  }

  private bytes(): Uint8Array {
    const bytes = new Uint8Array(this.sizeBytes);
    let done = 0;
    while (done < bytes.length) {
      const read = this.access.read(bytes.subarray(done), { at: done });
      if (read === 0) break;
      done += read;
    }
    return bytes.subarray(0, done);
  }
}
