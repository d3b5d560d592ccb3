/** The scene of replacements: alice has a phone and a primary token, which needs replacing. */
import type { Aws } from '../../../runbook/aws/aws';
import { ALICE_BACKUP, ALICE_PRIMARY, Bench, BOB_PRIMARY } from '../../support/bench';
import { isFullExtent } from '../../support/extent';
import { withoutHttp } from '../../support/without-http';
import type { VirtualToken2Single } from '../../tokens/token2-single';

export const ALICE = 'alice.breakglass';
export const NEW = '86596120000007';
export const SPARE = '86596220000009';
export const OTHER_SPARE = '86596220000010';
const EVIDENCE = `/mfa-guardrails/break-glass/evidence/${ALICE}/primary`;

/** The record of a fleet whose primary token of Alice is the given one. */
export function inventory(alicePrimary: string, spares: readonly string[] = []): string {
  return `
fleet: break-glass
holders:
  alice.breakglass:
    - { slot: primary, serial: "${alicePrimary}", custody: "HQ fireproof safe" }
    - { slot: backup, serial: "${ALICE_BACKUP}", custody: "bank deposit box" }
  bob.breakglass:
    - { slot: primary, serial: "${BOB_PRIMARY}" }
${spares.length === 0 ? '' : 'spares:'}
${spares.map((serial) => `  - { serial: "${serial}", custody: "security office" }`).join('\n')}
`;
}

export const CHANGED = inventory(NEW);

export let bench: Bench;
export let old: VirtualToken2Single;
export let next: VirtualToken2Single;
export let oldArn: string;
export let newArn: string;
export let phone: string;

export function replaceFor(reason: string, ...options: readonly string[]): readonly string[] {
  return ['replace', ALICE, '--slot', 'primary', '--reason', reason, ...options];
}

/** In full, commands call AWS through the SDK from here on. The direct port also retries what may succeed the next time. */
export function useSdk(): void {
  isWithoutHttp = !isFullExtent;
}
let isWithoutHttp = true;

/** Alice has her primary token and a phone; the record then says what it is given. */
export async function open(
  { record = CHANGED, serial = NEW }: { readonly record?: string; readonly serial?: string } = {},
  options: Parameters<typeof Bench.open>[0] = {},
): Promise<void> {
  isWithoutHttp = true;
  const { wrapAws = (aws: Aws) => aws } = options;
  function directly(): Aws {
    return wrapAws(withoutHttp(bench));
  }
  bench = await Bench.open({
    overHttp: true,
    ...options,
    wrapHost: (host) => (isWithoutHttp ? { ...host, connectAws: directly } : host),
  });
  old = bench.token(ALICE_PRIMARY);
  bench.layAndAnswer(old);
  phone = await bench.assignDevice(ALICE, 'alice-phone', '/');
  const enrolled = await bench.run('enroll', ALICE, '--slot', 'primary', '--codes', '1');
  if (enrolled.exitCode !== 0) {
    throw new Error(enrolled.people);
  }
  await bench.deploy(record);
  // Enough time for a late list.
  if (options?.sandbox !== undefined) {
    bench.clock.advance(600_000);
  }
  next = bench.token(serial);
  bench.layAndAnswer(next);
  bench.questions.length = 0;
  oldArn = bench.arn(ALICE, 'primary', ALICE_PRIMARY);
  newArn = bench.arn(ALICE, 'primary', serial);
}

/** Switched on and on the reader; its codes are typed. */
export function lay(token: VirtualToken2Single): void {
  if (!token.isOn) {
    token.press();
  }
  bench.layAndAnswer(token);
}

/** Shows the output of the command if it failed. */
export function expectDone(
  { exitCode, people }: { readonly exitCode: number; readonly people: string },
  label = '',
): void {
  if (exitCode !== 0) {
    throw new Error(`${label}: exit code ${exitCode}\n${people}`);
  }
}

export async function evidence(): Promise<Record<string, unknown>> {
  const { Parameter } = (await bench.admin('ssm', 'GetParameter', { Name: EVIDENCE })) as {
    Parameter: { Value: string };
  };
  return JSON.parse(Parameter.Value);
}

export async function arnsOfAlice(): Promise<readonly string[]> {
  return (await bench.devices())
    .filter(({ user }) => user === ALICE)
    .map(({ arn }) => arn)
    .sort();
}

/** The new token has taken the old one's place, nothing is left over, and evidence says so. */
export async function expectReplaced(reason: string): Promise<void> {
  expect((await bench.devices()).map(({ arn, user }) => [arn, user]).sort()).toEqual(
    [
      [phone, ALICE],
      [newArn, ALICE],
    ].sort(),
  );
  expect(next.holds(bench.seeds.at(-1) ?? new Uint8Array())).toBe(true);
  expect(await evidence()).toMatchObject({
    ceremony: 'replace',
    reason,
    replaces: ALICE_PRIMARY,
    tokenSerial: next.serial,
    deviceArn: newArn,
  });
  expect(bench.evidence.filter(({ ceremony }) => ceremony === 'replace')).toHaveLength(1);
  expect([...bench.journals.files.keys()]).toEqual([]);
}

/** Nothing is other than before the command. */
export async function expectUnchanged(): Promise<void> {
  expect(await arnsOfAlice()).toEqual([phone, oldArn].sort());
  expect((await bench.devices()).filter(({ user }) => user === undefined)).toEqual([]);
  expect(old.holds(bench.seeds[0] ?? new Uint8Array())).toBe(true);
  expect((await evidence()).ceremony).toBe('enroll');
  expect([...bench.journals.files.keys()]).toEqual([]);
}

/** IAM's changes from now on, in order. */
export function changesFromNow(): () => readonly string[] {
  const begun = bench.sandbox.calls.length;
  return () =>
    bench.sandbox.calls
      .slice(begun)
      .map(({ operation }) => operation)
      .filter((operation) => /^(Create|Enable|Deactivate|Delete|Put)/.test(operation));
}
