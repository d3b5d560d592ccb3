/** The real `cdk synth` prints the one template of an app of one's own, and asks which one if there are more. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { parse } from 'yaml';
import { MfaAlarms, TokenRecord } from '../../../lib/index';
import { type CdkRun, runCdk } from '../../support/cdk-cli';
import { smallFleet } from '../fixtures';

const folder = mkdtempSync(join(tmpdir(), 'one-template-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Prints the template of an app with the alarms in its one stack, as the app has them by default. */
function synth(name: string, regions?: string[]): Promise<CdkRun> {
  const outdir = join(folder, name);
  const app = new App({ outdir, analyticsReporting: false });
  const stack = new Stack(app, 'Own', { env: { account: '111122223333', region: 'us-east-1' } });
  new MfaAlarms(stack, 'Alarms', {
    records: [new TokenRecord(stack, 'Record', { inventory: smallFleet() })],
    ...(regions === undefined ? {} : { regions }),
  });
  app.synth();
  return runCdk(['synth'], {
    outdir,
    endpoint: 'http://127.0.0.1:9',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' },
  });
}

test('an app with alarms has one template by default, and it is printed with a warning', async () => {
  const { code, stdout, stderr } = await synth('default');

  expect(code).toBe(0);
  expect(Object.values(parse(stdout).Resources)).toContainEqual(
    expect.objectContaining({ Type: 'AWS::Events::EventBus' }),
  );
  expect(stderr).toContain('cdk-mfa-guardrails:alarms-one-region');
});

test('with a Region more there are two, of which one can be named', async () => {
  const { code, stdout, stderr } = await synth('two', ['us-west-2']);

  expect([code, stdout]).toEqual([0, '']);
  expect(stderr).toContain('Own-mfa-guardrails-us-west-2');
});
