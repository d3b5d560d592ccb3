import { seedPhaseEnvironment } from '../../../runbook/seed-phase/environment';

test.each([
  'NODE_OPTIONS',
  'NODE_DEBUG',
  'NODE_V8_COVERAGE',
  'NODE_REDIRECT_WARNINGS',
  'NODE_REPL_HISTORY',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'NODE_CHANNEL_FD',
  'VSCODE_INSPECTOR_OPTIONS',
  'LD_PRELOAD',
  'SSLKEYLOGFILE',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  'AWS_ENDPOINT_URL',
  'GITHUB_TOKEN',
])('%s stays behind', (name) => {
  expect(seedPhaseEnvironment({ PATH: '/bin', [name]: 'value' })).toEqual({ PATH: '/bin' });
});

test.each([
  'PATH',
  'Path',
  'HOME',
  'SystemRoot',
  'PCSCLITE_CSOCK_NAME',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'NODE_USE_SYSTEM_CA',
  'AWS_CA_BUNDLE',
  'HTTPS_PROXY',
  'https_proxy',
  'no_proxy',
  'AWS_CONFIG_FILE',
])('%s goes along', (name) => {
  expect(seedPhaseEnvironment({ [name]: 'value', SECRET: 'x' })).toEqual({ [name]: 'value' });
});
