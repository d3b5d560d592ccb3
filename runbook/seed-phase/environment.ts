/** Selects the environment variables that the process of a seed gets. */

/**
 * Every variable that it may have. No other is passed on: NODE_OPTIONS and its like open debuggers and write reports and
 * heap snapshots, NODE_DEBUG logs network traffic, and credentials come over the channel.
 */
const ALLOWED: ReadonlySet<string> = new Set([
  ...['PATH', 'HOME', 'USERPROFILE', 'TMPDIR', 'TMP', 'TEMP', 'TZ', 'LANG', 'LC_ALL', 'SYSTEMROOT', 'WINDIR'],
  // Library paths for systems with unusual ones, and the socket of pcscd.
  ...['LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'PCSCLITE_CSOCK_NAME'],
  // The certificates of a company's own certificate authority.
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  // The SDK's retries; endpoint and credentials come over the channel.
  ...[
    'AWS_CONFIG_FILE',
    'AWS_PROFILE',
    'AWS_RETRY_MODE',
    'AWS_MAX_ATTEMPTS',
    'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
  ],
]);

/** Keeps those variables. Names are compared without case, as Windows does. */
export function seedPhaseEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => ALLOWED.has(name.toUpperCase())));
}
