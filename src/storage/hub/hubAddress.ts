/** Addresses of a hub: what a person types is checked before anything is asked, and urls are built in one place. */
import { TunesmithError } from '../../lib/errors';

/** A repository's name as the hub allows it: one or two parts of letters, digits, `-`, `_` and `.`. */
const repositoryPattern = /^(?=.{1,96}$)[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)?$/;

/**
 * The hub's address without a closing slash. A mirror may lie under a path.
 * Throws `model/bad-endpoint` for anything but an http(s) address without name, password, query and fragment.
 */
export function checkedEndpoint(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : null;
  const isPlain =
    url !== null &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === '';
  if (isPlain) return url.href.replace(/\/+$/, '');
  // What was typed may hold a password: it is not repeated.
  throw new TunesmithError(
    'model/bad-endpoint',
    'hub address: must be like https://huggingface.co, without a name, password or query in it; correct it',
  );
}

/** The repository's name as it is. Throws `model/bad-repository`. */
export function checkedRepository(repository: string): string {
  if (repositoryPattern.test(repository) && !repository.includes('..') && !repository.includes('--')) return repository;
  throw new TunesmithError(
    'model/bad-repository',
    `repository: must be like org/name, got ${JSON.stringify(repository)}; correct it`,
    { data: { repository } },
  );
}

/** The revision as it is: a branch, tag or commit, by git's rules for names as far as they matter here. Throws `model/bad-revision`. */
export function checkedRevision(revision: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is refused
  const isBad = /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|^\/|\/$|\/\//.test(revision);
  if (revision !== '' && revision.length <= 255 && !isBad) return revision;
  throw new TunesmithError(
    'model/bad-revision',
    `revision: must be a branch, tag or commit, got ${JSON.stringify(revision)}; correct it, or use main`,
    { data: { revision } },
  );
}

/** Whether a revision is a full commit, which always names the same files. */
export const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision);

/** Where the hub lists a revision's files, with their sizes and hashes. */
export const listingUrl = (endpoint: string, repository: string, revision: string): string =>
  `${endpoint}/api/models/${repository}/revision/${encodeURIComponent(revision)}?blobs=true`;

/** Where the hub gives a file, or the address of another host that does. */
export const fileUrl = (endpoint: string, repository: string, commit: string, path: string): string =>
  `${endpoint}/${repository}/resolve/${commit}/${path.split('/').map(encodeURIComponent).join('/')}`;
