/** The commands that docs/getting-started.md tells people to run in a clone, in an account that was never bootstrapped. */
import { join } from 'node:path';
import { DEFAULT_REGIONS } from '../../sandbox/default-regions';
import { Sandbox } from '../../sandbox/sandbox';
import { type CdkRun, runCdk } from '../../support/cdk-cli';
import { standingClock } from '../../support/clock';
import { withTemporaryFolder } from '../../support/temporary-folder';

const ROOT = join(__dirname, '..', '..', '..');
const REGION = 'eu-central-1';
const SETTINGS = [
  ...['-c', 'operators=arn:aws:iam::123456789012:user/olga'],
  ...['-c', 'breakGlass=AdministratorAccess'],
  ...['-c', 'alarms=security@example.com'],
];

test('the fleet, the break-glass role and the alarms of every Region are deployed, and destroyed again', async () => {
  const sandbox = Sandbox.create({
    clock: standingClock(),
    region: REGION,
    otherRegions: DEFAULT_REGIONS.filter((region) => region !== REGION),
  });
  try {
    const endpoint = await sandbox.listen();
    const { administrator } = sandbox;
    // Roles trust olga, and IAM takes no principal that is not there.
    await sandbox.call(administrator, 'iam', 'CreateUser', { UserName: 'olga' });
    await withTemporaryFolder(async (output) => {
      function cdk(...args: readonly string[]): Promise<CdkRun> {
        return runCdk([...args, ...SETTINGS, '--output', output], {
          endpoint,
          credentials: administrator,
          cwd: ROOT,
        });
      }

      const deployed = await cdk('deploy', '--all', '--require-approval', 'never');
      expect([deployed.code, deployed.code === 0 ? '' : deployed.stderr]).toEqual([0, '']);
      expect(await stacksOf(sandbox)).toEqual([
        'mfa-guardrails-break-glass',
        'mfa-guardrails-break-glass-alarms',
        'mfa-guardrails-break-glass-alarms-mfa-guardrails-function',
        'mfa-guardrails-break-glass-alarms-mfa-guardrails-home',
      ]);
      expect(sandbox.deployed('AWS::Events::Rule').length).toBeGreaterThan(DEFAULT_REGIONS.length);

      const destroyed = await cdk('destroy', '--all', '--force');
      expect([destroyed.code, destroyed.code === 0 ? '' : destroyed.stderr]).toEqual([0, '']);
      expect(await stacksOf(sandbox)).toEqual([]);
      expect(sandbox.deployed('AWS::Events::Rule')).toEqual([]);
    });
  } finally {
    await sandbox.close();
  }
}, 600_000);

/** The names of the stacks in the home Region. */
async function stacksOf(sandbox: Sandbox): Promise<readonly string[]> {
  const answer = await sandbox.call(sandbox.administrator, 'cloudformation', 'DescribeStacks');
  const { Stacks: stacks } = answer as { readonly Stacks: readonly { readonly StackName: string }[] };
  return stacks.map(({ StackName: name }) => name).sort();
}
