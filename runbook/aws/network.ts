/**
 * The way to AWS through a company's network: its proxy and its certificates, as the AWS CLI is told of them.
 *
 * The SDK knows none of these settings. HTTPS_PROXY and NO_PROXY (small letters win); AWS_CA_BUNDLE, then `ca_bundle` of
 * the profile, then REQUESTS_CA_BUNDLE: a bundle replaces the certificates that Node trusts, as it does for `aws`. Without
 * one Node decides: NODE_EXTRA_CA_CERTS, `--use-system-ca`, `--use-openssl-ca`. The metadata services of containers and
 * instances are never asked through a proxy.
 */
import type * as Crypto from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type * as Https from 'node:https';
import type * as Tls from 'node:tls';
import type * as ProxyAgents from 'hpagent';
import { AwsFault } from './aws';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A setting, and where it stands. */
interface Setting {
  readonly value: string;
  readonly source: string;
}

/** The settings in use. */
export interface Network {
  readonly env: Environment;
  /** Path of a file of certificates. */
  readonly caBundle: Setting | undefined;
  /** Reads that file once for all connections: Node takes as long to read a company's bundle as to make a call. */
  readonly trust: () => Promise<Trust>;
}

/** The certificates that a connection trusts; empty for Node's own. */
type Trust = Pick<Tls.ConnectionOptions, 'secureContext'>;

/** @param profileBundle reads `ca_bundle` of the profile in use */
export async function networkOf(
  env: Environment,
  profileBundle: () => Promise<string | undefined>,
): Promise<Network> {
  const caBundle =
    setting(env, 'AWS_CA_BUNDLE') ??
    named(await profileBundle(), 'ca_bundle of the profile') ??
    setting(env, 'REQUESTS_CA_BUNDLE');
  let trust: Promise<Trust> | undefined;
  return {
    env,
    caBundle,
    trust: () => {
      trust ??= readTrust(caBundle);
      return trust;
    },
  };
}

function setting(env: Environment, name: string): Setting | undefined {
  return named(env[name], name);
}

function named(value: string | undefined, source: string): Setting | undefined {
  return value === undefined || value === '' ? undefined : { value, source };
}

/** Milliseconds after which a proxy that says nothing, or a connection that does, is given up. */
const SILENT_MS = 10_000;

/** Makes the agent that the SDK reaches one server with. @throws AwsFault `network-settings` */
export async function agentFor(network: Network, hostname: string): Promise<Https.Agent> {
  const trust = await network.trust();
  const proxy = proxyFor(network.env, hostname);
  if (proxy === undefined) {
    // Loaded here, as below, because most commands call nobody.
    const { Agent }: typeof Https = require('node:https');
    return new Agent({ keepAlive: true, ...trust });
  }
  const { HttpsProxyAgent }: typeof ProxyAgents = require('hpagent');
  const proxyRequestOptions: ProxyAgents.ProxyAgentRequestOptions & Trust = trust;
  return new HttpsProxyAgent({
    keepAlive: true,
    timeout: SILENT_MS,
    proxy: proxy.url,
    ...trust,
    proxyRequestOptions,
  });
}

function refuse(text: string): never {
  throw new AwsFault('sts:GetCallerIdentity', 'network-settings', text);
}

async function readTrust(caBundle: Setting | undefined): Promise<Trust> {
  if (caBundle === undefined) {
    return {};
  }
  const ca = await readBundle(caBundle);
  const { createSecureContext }: typeof Tls = require('node:tls');
  return { secureContext: createSecureContext({ ca }) };
}

async function readBundle({ value: path, source }: Setting): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return refuse(`the certificates ${path} (${source}) cannot be read: ${(error as Error).message}`);
  }
  const { X509Certificate }: typeof Crypto = require('node:crypto');
  // Node takes a file without a certificate, and then trusts nobody.
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) {
    return refuse(`${path} (${source}) holds no certificate in PEM`);
  }
  for (const [index, block] of blocks.entries()) {
    try {
      new X509Certificate(block);
    } catch {
      return refuse(`certificate ${index + 1} in ${path} (${source}) cannot be read`);
    }
  }
  return text;
}

/** A proxy, and the variable that names it. */
interface Proxy {
  readonly url: URL;
  readonly source: string;
}

/**
 * Finds the proxy for a server.
 *
 * @throws AwsFault `network-settings` for a proxy that is not reached by HTTP
 */
export function proxyFor(env: Environment, hostname: string): Proxy | undefined {
  const found = setting(env, 'https_proxy') ?? setting(env, 'HTTPS_PROXY');
  if (found === undefined || isLoopback(hostname) || isDirect(env, hostname)) {
    return undefined;
  }
  // Like `aws`: a proxy without a scheme is one of HTTP.
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(found.value) ? found.value : `http://${found.value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    const shown = text.replace(/\/\/[^/]*@/, '//');
    return refuse(`${found.source} names a proxy that cannot be used: ${shown}; http:// and https:// can`);
  }
  return { url, source: found.source };
}

/** Tells whether NO_PROXY excepts a server: by a suffix, with or without a dot; `*` excepts all. */
function isDirect(env: Environment, hostname: string): boolean {
  const found = setting(env, 'no_proxy') ?? setting(env, 'NO_PROXY');
  const host = hostname.toLowerCase();
  for (const entry of found?.value.toLowerCase().split(/[\s,]+/) ?? []) {
    const suffix = entry.replace(/:443$/, '').replace(/^\*?\./, '');
    if (suffix === '') {
      continue;
    }
    if (/^[\d.]+$|:/.test(host) && suffix.includes('/')) {
      return refuse(
        `whether ${entry} (${found?.source}) holds ${hostname} is not judged: name the address itself`,
      );
    }
    if (suffix === '*' || host === suffix || host.endsWith(`.${suffix}`)) {
      return true;
    }
  }
  return false;
}

/** Tells whether a server is this machine itself. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  return (
    host === 'localhost' || host.endsWith('.localhost') || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
  );
}

/** Refuses to send signed requests, and to read seeds, where everybody on the way can read them. */
export function refusePlainHttp(url: { readonly protocol?: string; readonly hostname?: string }): void {
  const { protocol, hostname = '' } = url;
  if (protocol === 'http:' && !isLoopback(hostname)) {
    refuse(
      `the endpoint http://${hostname} is not encrypted: only this machine's own address may be without https`,
    );
  }
}

/** Names the network in use, for messages about answers that were lost. */
export function describeNetwork({ env, caBundle }: Network, endpoint: string | undefined): string {
  const hostname = endpoint === undefined ? undefined : new URL(endpoint).hostname;
  const proxy = hostname === undefined ? undefined : proxyFor(env, hostname);
  const through =
    proxy === undefined ? 'no proxy' : `proxy ${proxy.url.protocol}//${proxy.url.host} from ${proxy.source}`;
  const own = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'].flatMap((name) => {
    const found = setting(env, name);
    return found === undefined ? [] : [`${name} ${found.value}`];
  });
  const trust =
    caBundle === undefined
      ? ["Node's certificates", ...own].join(', ')
      : `certificates ${caBundle.value} from ${caBundle.source}`;
  return [...(endpoint === undefined ? [] : [`endpoint ${endpoint}`]), through, trust].join('; ');
}
