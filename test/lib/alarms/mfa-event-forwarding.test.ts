import { CfnParameter, Lazy, NestedStack, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { User } from 'aws-cdk-lib/aws-iam';
import { MfaAlarms, type MfaAlarmsProps } from '../../../lib/alarms/mfa-alarms';
import { MfaEventForwarding, MfaEventForwardingStack } from '../../../lib/alarms/mfa-event-forwarding';
import { TokenRecord } from '../../../lib/index';
import { decide, rendered, roleSession } from '../../support/policy-simulation';
import { smallFleet, withoutBootstrap } from '../fixtures';
import { HOME, homeStack, makeAlarms, regionsOr } from './alarm-scene';
import { ACCOUNT } from './cloudtrail-events';

/** Alarms in a stack of some Region, or of none. */
function alarmsIn(stack: Stack, props: Partial<MfaAlarmsProps> = {}): MfaAlarms {
  const record = new TokenRecord(stack, 'Record', { inventory: smallFleet() });
  return new MfaAlarms(stack, 'Alarms', { records: [record], ...props });
}

function regionsOf(alarms: MfaAlarms): readonly string[] {
  return alarms.forwardingStacks.map(({ region }) => region);
}

describe('the Regions that are forwarded from', () => {
  test.each<readonly [string, readonly string[]]>([
    [
      'us-east-1',
      [
        'ap-northeast-1',
        'ap-northeast-2',
        'ap-northeast-3',
        'ap-south-1',
        'ap-southeast-1',
        'ap-southeast-2',
        'ca-central-1',
        'eu-central-1',
        'eu-north-1',
        'eu-west-1',
        'eu-west-2',
        'eu-west-3',
        'sa-east-1',
        'us-east-2',
        'us-west-1',
        'us-west-2',
      ],
    ],
    ['cn-north-1', ['cn-northwest-1']],
    ['us-gov-east-1', ['us-gov-west-1']],
  ])('can be all others that the partition’s accounts have: home is %s', (home, others) => {
    const regions = MfaAlarms.defaultRegions(home);

    expect(regionsOf(alarmsIn(homeStack(home), { regions }))).toEqual(others);
  });

  test.each(['us-east-1', 'cn-north-1', 'us-gov-west-1'])(
    'are none by default where IAM’s events arrive, with a warning: %s',
    (home) => {
      const stack = homeStack(home);
      const chosen = homeStack(home);
      alarmsIn(chosen, { regions: [] });

      expect(regionsOf(alarmsIn(stack))).toEqual([]);
      Annotations.fromStack(stack).hasWarning(
        '/Home/Alarms',
        Match.stringLikeRegexp(`events of ${home} only: sign-ins and`),
      );
      Annotations.fromStack(chosen).hasNoWarning('*', Match.anyValue());
    },
  );

  test.each(['eu-central-1', 'cn-northwest-1', 'us-gov-east-1', 'eusc-de-east-1'])(
    'must be chosen anywhere else, because the default would not hear IAM: %s',
    (home) => {
      expect(() => alarmsIn(homeStack(home))).toThrow(
        new RegExp(`regions is missing, must be given for alarms in '${home}'.*regions: \\[\\]`, 's'),
      );
      expect(regionsOf(alarmsIn(homeStack(home), { regions: [] }))).toEqual([]);
    },
  );

  test('are not listed for a partition that is not known, or for what is no Region', () => {
    expect(() => MfaAlarms.defaultRegions('eusc-de-east-1')).toThrow(/partition 'aws-eusc' are not known/);
    expect(() => MfaAlarms.defaultRegions('Frankfurt')).toThrow(/'Frankfurt', must be names of Regions/);
  });

  test('are those given, in their order, the home Region apart', () => {
    const regions = ['us-east-1', HOME, 'eu-south-1'];

    expect(regionsOf(alarmsIn(homeStack(HOME), { regions }))).toEqual(['us-east-1', 'eu-south-1']);
  });

  test('are none where there is no other Region, even for a stack whose Region is not known', () => {
    expect(regionsOf(alarmsIn(homeStack(), { regions: [] }))).toEqual([]);
  });

  test('must be told apart: a stack whose Region is not known is refused, with the fix', () => {
    expect(() => alarmsIn(homeStack())).toThrow(
      /the Region of stack 'Home' is not known at synthesis.*env: \{ region: 'us-east-1' \}.*regions: \[\]/s,
    );
  });

  test.each<readonly [string, string[], RegExp]>([
    ['what is no Region', ['us-east'], /regions has 'us-east', must be names of Regions such as 'us-east-1'/],
    ['one twice', ['us-east-1', 'us-east-1'], /regions names 'us-east-1' twice.*remove one/],
    [
      'one of another partition',
      ['us-east-1', 'cn-north-1'],
      /regions has 'cn-north-1' of partition 'aws-cn'.*remove it/,
    ],
    [
      'one that is not known',
      [Lazy.string({ produce: () => 'us-east-1' })],
      /regions has a value that is not known/,
    ],
  ])('are refused: %s', (_, regions, message) => {
    expect(() => alarmsIn(homeStack(HOME), { regions })).toThrow(message);
    expect(() => alarmsIn(homeStack(HOME), { regions: ['us-east-1'] })).not.toThrow();
  });

  test('that aws-cdk-lib does not know are warned of, with the name that was meant', () => {
    const warned = homeStack(HOME);
    alarmsIn(warned, { regions: ['us-east-1', 'eu-wset-2', 'us-east-14'] });
    const warnings = Annotations.fromStack(warned).findWarning('*', Match.anyValue());

    expect(warnings.map(({ entry }) => String(entry.data))).toEqual([
      expect.stringContaining("'eu-wset-2', which aws-cdk-lib does not know: did you mean 'eu-west-2'?"),
      expect.stringContaining("'us-east-14', which aws-cdk-lib does not know"),
    ]);
    const silent = homeStack(HOME);
    alarmsIn(silent, { regions: MfaAlarms.defaultRegions(HOME) });
    Annotations.fromStack(silent).hasNoWarning('*', Match.anyValue());
  });

  test('without that of IAM are warned of', () => {
    const warned = homeStack(HOME);
    alarmsIn(warned, { regions: ['us-west-2'] });
    const silent = homeStack(HOME);
    alarmsIn(silent, { regions: ['us-east-1'] });

    Annotations.fromStack(warned).hasWarning(
      '/Home/Alarms',
      Match.stringLikeRegexp('us-east-1, where events of IAM'),
    );
    Annotations.fromStack(silent).hasNoWarning('*', Match.anyValue());
  });
});

describe('a stack that forwards', () => {
  const alarms = makeAlarms({ regions: regionsOr(['us-east-1', 'us-west-2']) });
  const [stack] = alarms.forwardingStacks.filter(({ region }) => region === 'us-east-1');
  if (stack === undefined) {
    throw new Error('nothing forwards from us-east-1');
  }
  const template = Template.fromStack(stack);
  const bus = `arn:aws:events:${HOME}:${ACCOUNT}:event-bus/mfa-guardrails`;

  test('is next to the home stack, deployed after it, and needs no bootstrapped account', () => {
    expect(stack.stackName).toBe('Home-mfa-guardrails-us-east-1');
    expect(stack.dependencies).toEqual([Stack.of(alarms)]);
    expect(Object.keys(template.toJSON())).toEqual(['Description', 'Resources']);
  });

  test('sends every event to the one bus, and may do nothing else', async () => {
    const rules = Object.values(template.findResources('AWS::Events::Rule'));
    expect(rules.length).toBeGreaterThan(4);
    for (const { Properties } of rules) {
      expect(Properties.EventBusName).toBeUndefined();
      expect(Properties.Targets.map(({ Arn }: { Arn: unknown }) => rendered(Arn))).toEqual([bus]);
    }
    const [policy] = Object.values(template.findResources('AWS::IAM::ManagedPolicy'));
    const policies = [rendered(policy?.Properties.PolicyDocument)];
    function may(action: string, resource: string) {
      return decide({
        caller: roleSession('Forwarding'),
        signIn: 'a long-term key',
        action,
        resource,
        policies,
      });
    }

    expect(await may('events:PutEvents', bus)).toBe('Allowed');
    expect(await may('events:PutEvents', bus.replace('mfa-guardrails', 'default'))).toBe('ImplicitlyDenied');
    expect(await may('events:PutEvents', bus.replace(HOME, 'us-east-1'))).toBe('ImplicitlyDenied');
    expect(await may('events:PutEvents', bus.replace(ACCOUNT, '444455556666'))).toBe('ImplicitlyDenied');
    expect(await may('events:PutRule', `arn:aws:events:${HOME}:${ACCOUNT}:rule/mfa-guardrails/x`)).toBe(
      'ImplicitlyDenied',
    );
  });

  test('lets EventBridge use its role for rules of this account and Region only', () => {
    const [role] = Object.values(template.findResources('AWS::IAM::Role'));

    expect(rendered(role?.Properties.AssumeRolePolicyDocument.Statement)).toEqual([
      {
        Effect: 'Allow',
        Action: 'sts:AssumeRole',
        Principal: { Service: 'events.amazonaws.com' },
        Condition: {
          StringEquals: { 'aws:SourceAccount': ACCOUNT },
          ArnLike: { 'aws:SourceArn': `arn:aws:events:us-east-1:${ACCOUNT}:rule/*` },
        },
      },
    ]);
  });
});

test('a stack made by hand forwards as one that was made along', () => {
  const alarms = makeAlarms({ regions: ['us-east-1'] });
  const [made] = alarms.forwardingStacks;
  const byHand = new MfaEventForwardingStack(alarms.node.root, 'ByHand', {
    alarms,
    env: { region: 'us-east-1' },
    synthesizer: withoutBootstrap(),
  });

  expect(made).toBeDefined();
  expect(byHand.forwarding).toBeInstanceOf(MfaEventForwarding);
  expect(Template.fromStack(byHand).findResources('AWS::Events::Rule')).toEqual(
    Template.fromStack(made ?? byHand).findResources('AWS::Events::Rule'),
  );
});

test('alarms in a nested stack have their forwarding stacks next to the stack it is nested in', () => {
  const alarms = alarmsIn(new NestedStack(homeStack(HOME), 'Nested'), { regions: ['us-east-1'] });

  expect(alarms.forwardingStacks.map(({ node, stackName }) => [node.path, stackName])).toEqual([
    ['Home-mfa-guardrails-us-east-1', 'Home-mfa-guardrails-us-east-1'],
  ]);
});

describe('a break-glass user whose name is not known at synthesis', () => {
  function withParameter(regions: string[]): MfaAlarms {
    const stack = homeStack(HOME);
    const name = new CfnParameter(stack, 'Name').valueAsString;
    return alarmsIn(stack, { regions, breakGlassUsers: [User.fromUserName(stack, 'User', name)] });
  }

  test('is heard of in the home Region', () => {
    const template = Template.fromStack(Stack.of(withParameter([])));

    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { detail: { userIdentity: { userName: [{ 'equals-ignore-case': { Ref: 'Name' } }] } } },
    });
  });

  test('cannot be told to other Regions, which is said with the fix', () => {
    expect(() => withParameter(['us-east-1'])).toThrow(
      /the events of Region 'us-east-1' cannot be told apart.*give the user a userName that is one/s,
    );
  });
});
