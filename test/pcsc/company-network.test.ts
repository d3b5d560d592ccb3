/**
 * An operator behind a company's proxy, whose certificates are of a private authority: `doctor`, then `enroll`, with the
 * built command over the real PC/SC stack. The command and the process of the seed both have to go through the proxy.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CompanyNetwork, type Tunnel } from '../support/company-network';
import { VIRTUAL_READER, whyNoPcscd } from '../support/pcscd';
import { PRIVATE_CA } from '../support/private-ca';
import { VirtualToken2Single } from '../tokens/token2-single';
import { DriverBench } from './driver-bench';

const HOLDER = 'alice.breakglass';
const SERIAL = '86596220000003';
const INVENTORY = `
fleet: break-glass
holders:
  ${HOLDER}:
    - { slot: primary, serial: "${SERIAL}" }
`;
const ENROLL = ['enroll', HOLDER, '--slot', 'primary', '--codes', '1'] as const;
const RUN_TIMEOUT_MS = 120_000;

const missing = whyNoPcscd();
if (missing !== undefined) {
  throw new Error(`npm run test:pcsc needs the PC/SC stack: ${missing}`);
}

let bench: DriverBench;
let network: CompanyNetwork;
let bundle: string;
let token: VirtualToken2Single;

beforeAll(async () => {
  bench = await DriverBench.open(INVENTORY);
  network = await CompanyNetwork.open(bench.endpoint);
  bundle = join(bench.home, 'ca.pem');
  await writeFile(bundle, PRIVATE_CA);
});
afterAll(async () => {
  network?.close();
  await bench?.close();
});
beforeEach(async () => {
  network.tunnels.length = 0;
  token = new VirtualToken2Single({ serial: SERIAL, clock: Date.now });
  token.press();
  await bench.lay(token);
});
afterEach(() => bench.clear());

function run(args: readonly string[], env: Readonly<Record<string, string>>) {
  return bench.run(args, (line) => (/^\? .*code/.test(line) ? token.readCode() : undefined), {
    AWS_ENDPOINT_URL: network.endpoint,
    MFA_RUNBOOK_READER: VIRTUAL_READER,
    ...env,
  });
}

function called(): readonly string[] {
  return network.tunnels.flatMap(({ operations }) => operations);
}

/** The only tunnel in which an operation was called. */
function tunnelOf(operation: string): Tunnel {
  const [found, ...others] = network.tunnels.filter(({ operations }) => operations.includes(operation));
  if (found === undefined || others.length > 0) {
    throw new Error(`${operation} was called in ${others.length} tunnels and ${found?.to ?? 'none'}`);
  }
  return found;
}

/** Everything that a refused run may not have changed. */
async function untouched() {
  return { devices: await bench.allDevices(), seeds: bench.seeds.length, holdsSeed: token.holdsSeed };
}

test.each([
  ['without its certificates', () => ({ HTTPS_PROXY: network.proxyUrl })],
  ['without its proxy', () => ({ AWS_CA_BUNDLE: bundle })],
])(
  'a run %s fails, and nothing is changed',
  async (_name, env) => {
    const doctor = await run(['doctor'], env());
    expect(doctor.code).toBe(1);
    expect(doctor.stdout).toMatch(/^FAIL {2}credentials /m);
    const enrolled = await run([...ENROLL, '--json'], env());
    expect(enrolled.code).toBe(1);
    expect(enrolled.stderr + enrolled.stdout).toContain('aws/no-answer');
    expect(await untouched()).toEqual({ devices: [], seeds: 0, holdsSeed: false });
    expect(called()).toEqual([]);
  },
  RUN_TIMEOUT_MS,
);

test(
  'with both, doctor finds everything, and the enrollment and the process of its seed go through the proxy',
  async () => {
    const env = { HTTPS_PROXY: network.proxyUrl, AWS_CA_BUNDLE: bundle };
    const doctor = await run(['doctor'], env);
    expect({ code: doctor.code, stdout: doctor.stdout }).toMatchObject({ code: 0 });
    expect(doctor.stdout).not.toMatch(/^FAIL/m);
    expect(called()).toContain('GetCallerIdentity');
    network.tunnels.length = 0;
    const enrolled = await run(ENROLL, env);
    expect({ code: enrolled.code, stderr: enrolled.stderr }).toMatchObject({ code: 0 });
    expect(await bench.devicesOf(HOLDER)).toHaveLength(1);
    expect(token.holds(bench.seeds.at(-1) ?? new Uint8Array())).toBe(true);
    // Each process has tunnels of its own: Create is called by the one that holds the seed, Enable by the other.
    const [create, enable] = ['CreateVirtualMFADevice', 'EnableMFADevice'].map(tunnelOf);
    expect(create).not.toBe(enable);
    expect(new Set(network.tunnels.map(({ to }) => to))).toEqual(new Set(['gateway.aws.test:443']));
  },
  RUN_TIMEOUT_MS,
);
