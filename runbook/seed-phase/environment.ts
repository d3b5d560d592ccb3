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
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_USE_SYSTEM_CA'],
  ...['AWS_CA_BUNDLE', 'REQUESTS_CA_BUNDLE'],
  // The way to AWS.
  ...['HTTPS_PROXY', 'NO_PROXY'],
  // The SDK's settings; endpoint and credentials come over the channel.
  ...[
    'AWS_CONFIG_FILE',
    'AWS_PROFILE',
    'AWS_RETRY_MODE',
    'AWS_MAX_ATTEMPTS',
    'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS',
    // The command sets it: operators cannot act on the SDK's warning about older versions of Node.
    'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED',
  ],
]);

/** Keeps those variables. Names are compared without case, as Windows does. */
export function seedPhaseEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => ALLOWED.has(name.toUpperCase())));
}

/** Flags that choose the certificates that Node trusts; they come from the command line or from NODE_OPTIONS. */
const TRUST_FLAGS: ReadonlySet<string> = new Set(['--use-system-ca', '--use-openssl-ca', '--use-bundled-ca']);

/** Selects the flags of Node that the process of a seed gets. */
export function seedPhaseFlags({
  execArgv,
  env,
}: Pick<NodeJS.Process, 'execArgv' | 'env'>): readonly string[] {
  const given = [...(env.NODE_OPTIONS ?? '').split(/\s+/), ...execArgv];
  return [...new Set(given)].filter((flag) => TRUST_FLAGS.has(flag));
}
