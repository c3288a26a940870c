/**
 * Access tokens of hubs. They live in this thread's memory only: never in a model source, a setting, a file, an error or
 * an address. A worker that is restarted has forgotten them.
 */
import { TunesmithError } from '../../lib/errors';
import { checkedEndpoint } from './hubAddress';

const tokens = new Map<string, string>();

/**
 * The token that goes with requests to a hub from now on; null: none.
 * Throws `model/bad-token` (without the token) for what no header can carry or for a hub without encryption, and
 * `model/bad-endpoint`.
 */
export function setHubToken(endpoint: string, token: string | null): void {
  const hub = checkedEndpoint(endpoint);
  if (token === null || token === '') {
    tokens.delete(hub);
    return;
  }
  if (!/^[\x21-\x7e]{1,512}$/.test(token))
    throw new TunesmithError(
      'model/bad-token',
      'access token: must be visible ASCII characters without spaces; copy it again',
    );
  if (!isPrivate(new URL(hub)))
    throw new TunesmithError(
      'model/bad-token',
      'access token: goes to https addresses and to this computer only; use an https address, or leave the token empty',
    );
  tokens.set(hub, token);
}

/** Nobody on the way can read what is sent: encrypted, or it does not leave the machine. */
const isPrivate = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);

/**
 * Headers for a request to the hub at `endpoint`. The platform's `fetch` drops `Authorization` when a redirect leaves the
 * origin (Fetch standard, "HTTP-redirect fetch"), so the hosts that files come from never see it.
 */
export function authorization(endpoint: string): { Authorization?: string } {
  const token = tokens.get(endpoint);
  return token === undefined ? {} : { Authorization: `Bearer ${token}` };
}

/** Whether a token is set for the hub. */
export const hasToken = (endpoint: string): boolean => tokens.has(endpoint);
