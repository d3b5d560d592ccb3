import { StackTester } from './stack-tester';

/** A short form of the rule that CDK's default synthesizer writes. */
const Rules = {
  Check: {
    Assertions: [
      {
        Assert: { 'Fn::Not': [{ 'Fn::Contains': [['1', '2'], { Ref: 'Version' }] }] },
        AssertDescription: 'version 3 is required',
      },
    ],
  },
};
const Parameters = { Version: { Type: 'String' } };
const Resources = { G: { Type: 'AWS::IAM::Group' } };

/** Plans a stack with a bootstrap version. */
function plan(version: string, rules: object = Rules) {
  return new StackTester().change(
    'fleet',
    'CREATE',
    { Parameters, Rules: rules as typeof Rules, Resources },
    { Parameters: [{ ParameterKey: 'Version', ParameterValue: version }] },
  );
}

test('a rule of a template refuses the parameters that break it, before anything is made', async () => {
  await plan('3');
  await expect(plan('2')).rejects.toMatchObject({
    code: 'ValidationError',
    message: 'Template error: Rule Check failed: version 3 is required',
  });
});

test('a rule holds only where its condition does', async () => {
  const conditional = {
    Check: { ...Rules.Check, RuleCondition: { 'Fn::Equals': [{ Ref: 'Version' }, '1'] } },
  };
  await plan('2', conditional);
  await expect(plan('1', conditional)).rejects.toMatchObject({ code: 'ValidationError' });
});

test('a rule without assertions is malformed', async () => {
  await expect(plan('3', { Check: {} })).rejects.toMatchObject({
    message: expect.stringContaining('must contain a list of Assertions: Check'),
  });
});
