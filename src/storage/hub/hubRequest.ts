/** One request to a hub, and what its refusals mean. */
import { TunesmithError } from '../../lib/errors';
import type { HubEnvironment } from './environment';
import { authorization, hasToken } from './hubToken';
import { cancelled } from './locks';
import { retryAfterMs, Transient } from './retry';

/** A repository at a revision, as errors name it. */
export interface RepositoryPlace {
  /** As `checkedEndpoint` gives it. */
  endpoint: string;
  repository: string;
  revision: string;
}

/** The body of a reply, guarded against connections that bring nothing more. */
export interface HubReply {
  response: Response;
  /** Parts as they come. Throws {@link Transient} when the connection breaks or stalls. */
  parts(): AsyncGenerator<Uint8Array, void>;
  /** Lets go of what has not been read. */
  abandon(): void;
}

/**
 * GET from a hub, with its token where one is set. `what` names the file in errors.
 * Throws {@link Transient} for what may pass (no connection, 408, 429, 5xx); `model/not-found`, `model/no-revision`,
 * `model/gated`, `model/bad-token`, `model/forbidden`, `model/download` for refusals; `model/cancelled`.
 */
export async function hubGet(
  environment: HubEnvironment,
  place: RepositoryPlace,
  url: string,
  what: string,
  { range, signal }: { range?: string; signal?: AbortSignal | undefined } = {},
): Promise<HubReply> {
  const stalled = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => stalled.abort(), environment.stallMs);
  };
  const broken = (cause: unknown): Error => {
    clearTimeout(timer);
    if (signal?.aborted) return cancelled();
    const how = stalled.signal.aborted ? 'nothing came for too long' : 'the connection failed';
    return new Transient(download(what, `${how} while asking ${place.endpoint}`, cause));
  };
  if (signal?.aborted) throw cancelled();
  alive();
  let response: Response;
  try {
    response = await environment.fetch(url, {
      headers: { ...authorization(place.endpoint), ...(range === undefined ? {} : { Range: range }) },
      signal: signal ? AbortSignal.any([signal, stalled.signal]) : stalled.signal,
      // Files go to storage of our own; a second copy in the browser's cache would double the space.
      cache: 'no-store',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
    });
  } catch (cause) {
    throw broken(cause);
  }
  const abandon = (): void => {
    clearTimeout(timer);
    // A body that was begun or is gone already refuses; either way it is over.
    response.body?.cancel().catch(() => undefined);
  };
  if (!response.ok) {
    abandon();
    throw refusal(response, place, what, environment.clock.now());
  }
  return {
    response,
    abandon,
    async *parts() {
      const reader = response.body?.getReader();
      try {
        while (reader) {
          alive();
          const part = await reader.read();
          if (part.done) return;
          yield part.value;
        }
      } catch (cause) {
        throw broken(cause);
      } finally {
        clearTimeout(timer);
        reader?.cancel().catch(() => undefined);
      }
    },
  };
}

const download = (what: string, problem: string, cause?: unknown): TunesmithError =>
  new TunesmithError('model/download', `${what}: ${problem}; check the connection and try again`, { cause });

/** A reply that is no success as an error: by the hub's own code where it gives one (`X-Error-Code`), else by the status. */
function refusal(response: Response, place: RepositoryPlace, what: string, now: number): Error {
  const { endpoint, repository, revision } = place;
  const { status, headers } = response;
  const errorCode = headers.get('x-error-code');
  const withToken = hasToken(endpoint);
  const data = { repository, revision, endpoint, status };
  const fail = (code: string, message: string): TunesmithError =>
    new TunesmithError(code, `${repository}: ${message}`, { data });

  if (errorCode === 'RevisionNotFound')
    return fail(
      'model/no-revision',
      `there is no branch, tag or commit ${revision}; correct the revision, or use main`,
    );
  if (errorCode === 'GatedRepo')
    return fail(
      'model/gated',
      `its authors ask for consent first; accept the terms at ${endpoint}/${repository}, then enter an access token of that account`,
    );
  if (errorCode === 'EntryNotFound') return fail('model/missing-file', `${what} is missing; choose another revision`);
  if (status === 401 && withToken && errorCode !== 'RepoNotFound')
    return fail('model/bad-token', 'the hub does not accept the access token; it may have expired, enter another');
  if (status === 403)
    return withToken
      ? fail('model/forbidden', 'the access token may not read it; give the token that right, or enter another')
      : fail('model/forbidden', 'the hub refuses to give it; enter an access token that may read it');
  // The hub answers alike for what is missing and what is private, so that nobody can tell.
  if (status === 401 || status === 404 || errorCode === 'RepoNotFound')
    return fail(
      'model/not-found',
      withToken
        ? `${endpoint} has no such repository, or the access token may not read it; check the name and the token`
        : `${endpoint} has no such repository, or it is private; check the name, or enter an access token that may read it`,
    );
  if (status === 429) {
    const wait = retryAfterMs(headers, now);
    const when = wait === null ? 'in some minutes' : `in ${Math.ceil(wait / 1000)} s`;
    const hint = withToken ? '' : ', or enter an access token, which is granted more';
    return new Transient(fail('model/too-many-requests', `the hub asks to slow down; try again ${when}${hint}`), wait);
  }
  const error = fail('model/download', `${what}: the hub answered ${status}; try again later`);
  return status >= 500 || status === 408 ? new Transient(error, retryAfterMs(headers, now)) : error;
}
