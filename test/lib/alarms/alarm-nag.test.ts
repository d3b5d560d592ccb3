/** The rule packs of cdk-nag judge the alarms. */
import { Stack, Validations } from 'aws-cdk-lib';
import { ManagedPolicy } from 'aws-cdk-lib/aws-iam';
import { MfaAlarms } from '../../../lib/alarms/mfa-alarms';
import { TokenRecord } from '../../../lib/index';
import { newApp, smallFleet, withoutBootstrap } from '../fixtures';
import { PACKS } from '../nag-packs';
import { HOME } from './alarm-scene';

function synth(withWildcard: boolean): void {
  const app = newApp();
  const stack = new Stack(app, 'Home', { synthesizer: withoutBootstrap(), env: { region: HOME } });
  const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
  new MfaAlarms(stack, 'Alarms', {
    records: [record],
    emailAddresses: ['security@example.com'],
    regions: ['us-east-1'],
  });
  if (withWildcard) {
    record.grantRead(new ManagedPolicy(stack, 'Reader'));
  }
  Validations.of(app).addPlugins(...PACKS.map((Pack) => new Pack(app)));
  app.synth();
}

test('cdk-nag finds nothing in the alarms, though it looks', () => {
  const before = process.exitCode;
  expect(() => synth(false)).not.toThrow();
  expect(() => synth(true)).toThrow(/AwsSolutions-IAM5/);
  process.exitCode = before;
});
