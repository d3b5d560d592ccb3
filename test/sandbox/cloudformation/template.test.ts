import { parseTemplate } from './template';

function json(template: object): string {
  return JSON.stringify(template);
}
const group = { Type: 'AWS::IAM::Group' };

test('a YAML template with short tags reads as the JSON template with the long forms', () => {
  const yaml = `
AWSTemplateFormatVersion: 2010-09-09
Description: who may do what
Parameters:
  Fleet: { Type: String, Default: break-glass }
Conditions:
  IsLarge: !Not [!Equals [!Ref Fleet, small]]
Resources:
  Admins:
    Type: AWS::IAM::Group
    Condition: IsLarge
    DependsOn: Policy
    DeletionPolicy: Retain
    Properties:
      GroupName: !Sub "\${Fleet}-admins"
      Path: !Join ["", ["/", !Select [0, !Split ["-", !Ref Fleet]], "/"]]
  Policy:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument: { Version: 2012-10-17, Statement: [] }
Outputs:
  Arn:
    Value: !GetAtt Admins.Arn
    Export: { Name: !If [IsLarge, large, small] }
`;
  const { body: _body, ...fromYaml } = parseTemplate(yaml);
  const { body: _json, ...fromJson } = parseTemplate(
    json({
      Description: 'who may do what',
      Parameters: { Fleet: { Type: 'String', Default: 'break-glass' } },
      Conditions: { IsLarge: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'Fleet' }, 'small'] }] } },
      Resources: {
        Admins: {
          Type: 'AWS::IAM::Group',
          Condition: 'IsLarge',
          DependsOn: ['Policy'],
          DeletionPolicy: 'Retain',
          Properties: {
            GroupName: { 'Fn::Sub': `\${Fleet}-admins` },
            Path: {
              'Fn::Join': ['', ['/', { 'Fn::Select': [0, { 'Fn::Split': ['-', { Ref: 'Fleet' }] }] }, '/']],
            },
          },
        },
        Policy: {
          Type: 'AWS::IAM::ManagedPolicy',
          Properties: { PolicyDocument: { Version: '2012-10-17', Statement: [] } },
        },
      },
      Outputs: {
        Arn: {
          Value: { 'Fn::GetAtt': ['Admins', 'Arn'] },
          Export: { Name: { 'Fn::If': ['IsLarge', 'large', 'small'] } },
        },
      },
    }),
  );
  expect(fromYaml).toEqual(fromJson);
  expect(fromYaml.resources.Admins).toMatchObject({
    deletionPolicy: 'Retain',
    updateReplacePolicy: 'Delete',
  });
});

test.each([
  ['no JSON', '{ "Resources": ', /^Template format error: JSON not well-formed/],
  ['no YAML', 'Resources: [', /^Template format error: YAML not well-formed/],
  ['not an object', 'hello', /^Template format error: unsupported structure/],
  ['no resources', json({ Resources: {} }), /At least one Resources member must be defined/],
  [
    'an unknown section',
    json({ Resources: { A: group }, Widgets: {} }),
    /Invalid template property or properties \[Widgets\]/,
  ],
  [
    'a transform, which would change the template',
    json({ Resources: { A: group }, Transform: 'X' }),
    /\[Transform\]/,
  ],
  [
    'a logical ID with a dash',
    json({ Resources: { 'a-b': group } }),
    /Resource name a-b is non alphanumeric/,
  ],
  [
    'a resource without a type',
    json({ Resources: { A: {} } }),
    /\[\/Resources\/A\] Every Resources object must contain a Type/,
  ],
  [
    'an unknown resource key',
    json({ Resources: { A: { ...group, Propertys: {} } } }),
    /Invalid template resource property 'Propertys'/,
  ],
  [
    'an unknown deletion policy',
    json({ Resources: { A: { ...group, DeletionPolicy: 'Keep' } } }),
    /Unrecognized DeletionPolicy "Keep" for resource A/,
  ],
  [
    'a parameter without a type',
    json({ Resources: { A: group }, Parameters: { P: {} } }),
    /must contain a Type member: P/,
  ],
  [
    'a misspelled key of a parameter',
    json({ Resources: { A: group }, Parameters: { P: { Type: 'String', MaxLenght: 3 } } }),
    /Invalid template parameter property 'MaxLenght'/,
  ],
  [
    'a parameter of an unknown type',
    json({ Resources: { A: group }, Parameters: { P: { Type: 'Strng' } } }),
    /Unrecognized parameter type: Strng/,
  ],
  [
    'a misspelled key of an output',
    json({ Resources: { A: group }, Outputs: { O: { Value: 'v', Exprot: { Name: 'n' } } } }),
    /Invalid template output property 'Exprot'/,
  ],
  [
    'an export without a name',
    json({ Resources: { A: group }, Outputs: { O: { Value: 'v', Export: 'n' } } }),
    /Every Export must contain a Name: O/,
  ],
  [
    'another format version',
    json({ AWSTemplateFormatVersion: '2020-01-01', Resources: { A: group } }),
    /unsupported value for AWSTemplateFormatVersion/,
  ],
  [
    'mappings that are no object',
    json({ Resources: { A: group }, Mappings: [] }),
    /Every Mappings member must be an object/,
  ],
  [
    'an output without a value',
    json({ Resources: { A: group }, Outputs: { O: {} } }),
    /must contain a Value object: O/,
  ],
])('a template with %s is refused', (_what, body, message) => {
  expect(() => parseTemplate(body)).toThrow(
    expect.objectContaining({ code: 'ValidationError', status: 400 }),
  );
  expect(() => parseTemplate(body)).toThrow(message);
});
