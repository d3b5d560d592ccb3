/**
 * A record of more pages than a stack has room for: most of its parameters are in nested stacks, whose templates the
 * real `cdk deploy` publishes to the bootstrap bucket. Deployed, read back, changed and destroyed.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { TokenInventory, TokenRecord } from '../../../lib/index';
import { parseRecord, type RecordParameter } from '../../../lib/record/pages';
import type { JsonObject } from '../../sandbox/operation';
import { Sandbox } from '../../sandbox/sandbox';
import { type CdkRun, runCdk } from '../../support/cdk-cli';
import { standingClock } from '../../support/clock';
import { withoutBootstrap } from '../fixtures';

const account = '123456789012';
const holders = 10_000;
const folder = mkdtempSync(join(tmpdir(), 'nested-record-'));
const sandbox = Sandbox.create({ clock: standingClock(), account, bootstrapped: true });
let endpoint = '';

beforeAll(async () => {
  endpoint = await sandbox.listen();
});
afterAll(async () => {
  await sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

/** @param custody of the last holder's token. @returns the output directory, and the record that is deployed */
function synthesize(custody: string): { readonly outdir: string; readonly record: TokenRecord } {
  const outdir = mkdtempSync(join(folder, 'out-'));
  const app = new App({ outdir, analyticsReporting: false });
  const stack = new Stack(app, 'Record', {
    env: { account, region: 'eu-central-1' },
    synthesizer: withoutBootstrap(),
  });
  const lines = Array.from({ length: holders }, (_, index) => {
    const number = String(index).padStart(5, '0');
    const place = index === holders - 1 ? custody : `safe ${number}, third floor, behind the fire door`;
    return `  user${number}: [{ slot: primary, serial: "865962200${number}", custody: "${place}" }]`;
  });
  const inventory = TokenInventory.fromYaml(`fleet: large\nholders:\n${lines.join('\n')}\n`, 'large.yaml');
  const record = new TokenRecord(stack, 'Record', { inventory });
  app.synth();
  return { outdir, record };
}

function cdk(args: readonly string[], outdir: string): Promise<CdkRun> {
  return runCdk(args, { endpoint, credentials: sandbox.administrator, outdir });
}

/** Every parameter of the record, as a reader finds it. */
async function deployedParameters(): Promise<readonly RecordParameter[]> {
  const found: RecordParameter[] = [];
  let NextToken: JsonObject[string];
  do {
    const page: JsonObject = await sandbox.call(sandbox.administrator, 'ssm', 'GetParametersByPath', {
      Path: '/mfa-guardrails/large/record',
      Recursive: true,
      ...(NextToken === undefined ? {} : { NextToken }),
    });
    for (const { Name, Value } of page.Parameters as readonly JsonObject[]) {
      found.push({ name: String(Name), value: String(Value) });
    }
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return found;
}

async function deployedGeneration(): Promise<string> {
  return parseRecord('large', await deployedParameters()).manifest.generation;
}

/** The names of the stacks, without those of the bootstrap. */
async function stackNames(): Promise<readonly string[]> {
  const { Stacks } = await sandbox.call(sandbox.administrator, 'cloudformation', 'DescribeStacks');
  return (Stacks as readonly JsonObject[])
    .map(({ StackName }) => String(StackName))
    .filter((name) => name !== 'CDKToolkit');
}

/** Lists the calls that CloudFormation made to SSM for its caller since the call with this index. */
function askedSince(index: number): readonly string[] {
  return sandbox.calls
    .slice(index)
    .flatMap(({ service, operation, via }) => (service === 'ssm' && via ? [operation] : []));
}

const deploy = ['deploy', '--require-approval', 'never'];
const before = synthesize('safe');
const after = synthesize('bank');

test('more pages than a stack has room for deploy in nested stacks, and read back as one record', async () => {
  const run = await cdk(deploy, before.outdir);
  expect(run).toMatchObject({ code: 0 });
  expect(await stackNames()).toHaveLength(4);
  expect(before.record.parameterCount).toBeGreaterThan(500);
  expect(await deployedParameters()).toHaveLength(before.record.parameterCount);
  expect(await deployedGeneration()).toBe(before.record.generation);
});

test('a changed holder changes a page and the manifest, and no other', async () => {
  const calls = sandbox.calls.length;
  const run = await cdk(deploy, after.outdir);
  expect(run).toMatchObject({ code: 0 });
  expect(askedSince(calls)).toEqual(['PutParameter', 'PutParameter']);
  expect(after.record.generation).not.toBe(before.record.generation);
  expect(await deployedGeneration()).toBe(after.record.generation);
});

test('cdk destroy takes all of them away, with their stacks', async () => {
  const run = await cdk(['destroy', '--force'], after.outdir);
  expect(run).toMatchObject({ code: 0 });
  expect(await deployedParameters()).toEqual([]);
  expect(await stackNames()).toEqual([]);
});
