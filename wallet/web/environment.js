// Where the wallet runs.

/**
 * Tell whether a link to an address can only be opened on this machine.
 * @param {string} url
 */
export function isLocal(url) {
  const { hostname } = new URL(url);
  return (
    hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "127.0.0.1" || hostname === "[::1]"
  );
}
