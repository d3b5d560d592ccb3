/** What of the environment the process of a seed is given. */

/**
 * All it may have; the rest stays behind, whatever it is: NODE_OPTIONS and its like open debuggers and write reports
 * and heap snapshots, NODE_DEBUG writes down what comes over the network, and the credentials come over the channel.
 */
const ALLOWED: ReadonlySet<string> = new Set([
  ...['PATH', 'HOME', 'USERPROFILE', 'TMPDIR', 'TMP', 'TEMP', 'TZ', 'LANG', 'LC_ALL', 'SYSTEMROOT', 'WINDIR'],
  // Where libraries lie on systems that have them elsewhere, and where pcscd listens.
  ...['LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'PCSCLITE_CSOCK_NAME'],
  // The certificates of a company's own authority.
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  // How often and how patiently the SDK asks; where and as whom comes over the channel.
  ...[
    'AWS_CONFIG_FILE',
    'AWS_PROFILE',
    'AWS_RETRY_MODE',
    'AWS_MAX_ATTEMPTS',
    'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
  ],
]);

/** The environment without what is not needed. Names are compared as Windows does, without case. */
export function seedPhaseEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => ALLOWED.has(name.toUpperCase())));
}
