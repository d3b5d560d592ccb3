/** Under the real MfaEnforcementPolicy, in both its modes: the device is found, and the session opens. */
import { MfaEnforcementPolicy, MfaSelfService } from '../../../lib/index';
import { emptyStack, onlyResource } from '../../lib/fixtures';
import { ACCOUNT, rendered } from '../../support/policy-simulation';
import { ALICE, SessionBench } from '../../support/session-bench';

test.each([[MfaSelfService.ALL_DEVICES], [MfaSelfService.NONE]])(
  'with self-service %s',
  async (selfService) => {
    const stack = emptyStack();
    new MfaEnforcementPolicy(stack, 'Enforcement', { selfService });
    const { Statement } = rendered(onlyResource(stack, 'AWS::IAM::ManagedPolicy').PolicyDocument) as {
      Statement: readonly object[];
    };
    const bench = await SessionBench.open({ sandbox: { account: ACCOUNT } });
    const role = await bench.createRole('emergency', {
      Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/${ALICE}` },
      Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
    });
    // A managed policy, as deployed: it is larger than IAM takes inline. Alice has no other.
    const document = JSON.stringify({ Version: '2012-10-17', Statement });
    await bench.allow(...Statement.slice(0, 1));
    await bench.admin('CreatePolicy', { PolicyName: 'enforcement', PolicyDocument: document });
    await bench.admin('AttachUserPolicy', {
      UserName: ALICE,
      PolicyArn: `arn:aws:iam::${ACCOUNT}:policy/enforcement`,
    });
    const session = await bench.run('session', '--output', 'none');
    bench.clock.advance(60_000);
    const assumed = await bench.run('assume', role, '--output', 'none');
    await bench.close();
    expect([session.people, assumed.people]).toEqual([
      expect.stringContaining('a new session, until'),
      expect.stringContaining('a new session, until'),
    ]);
    expect(bench.calls).toEqual([
      'sts GetCallerIdentity ok',
      'iam ListMFADevices ok',
      'sts GetSessionToken ok',
      'sts GetCallerIdentity ok',
      'iam ListMFADevices ok',
      'sts AssumeRole ok',
    ]);
  },
);
