/** The models that the browser keeps from earlier downloads: what they are, how large, and how they go. */

/** A downloaded model, whole or in part. */
export interface CachedModel {
  /** Names it to {@link deleteCachedModel}. */
  id: string;
  /** Address of the hub it came from. */
  endpoint: string;
  /** `org/name`. */
  repository: string;
  /** The branch or tag that was asked for, or the commit itself. */
  revision: string;
  commit: string;
  /** Bytes on disk, of unfinished files too. Files that two models share count for both. */
  bytes: number;
  /** What the whole model takes. */
  totalBytes: number;
  /** Names of its finished files. */
  files: string[];
  /** Whether it opens without a network. */
  complete: boolean;
  /** Milliseconds since 1970. */
  lastUsed: number;
}
