/**
 * AWS::Organizations::Policy. A service control policy is enforced in this account when one of its targets is
 * the account, or contains it according to the sandbox's settings; all other policies are only stored. The account
 * deploys them as a delegated administrator would: no SCP applies to an organization's management account.
 */

import { randomBytes } from 'node:crypto';
import { checkIdentityPolicy } from '../../policy-documents';
import { toDocument, toText, toTexts } from '../json';
import { storedResource } from '../stored-resource';

export const organizationPolicyType = 'AWS::Organizations::Policy';
export const serviceControlPolicy = 'SERVICE_CONTROL_POLICY';

/** The longest service control policy, in characters. */
const maxCharacters = 5120;
const target = /^(r-[0-9a-z]{4,32}|ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|\d{12})$/;

export const organizationsPolicy = storedResource({
  type: organizationPolicyType,
  properties: {
    Content: { required: true, shape: 'document' },
    Description: {},
    Name: { required: true },
    Tags: { shape: 'tags' },
    TargetIds: { shape: 'texts' },
    Type: { required: true, replaces: true },
  },
  attributes: ['Id', 'Arn', 'AwsManaged'],
  tags: 'list',
  actions: {
    create: 'organizations:CreatePolicy',
    update: 'organizations:UpdatePolicy',
    delete: 'organizations:DeletePolicy',
  },
  nameOf: () => `p-${randomBytes(4).toString('hex')}`,
  describe(id, { Type }, { partition, account }) {
    const kind = (toText(Type) ?? '').toLowerCase();
    const arn = `arn:${partition}:organizations::${account}:policy/o-sandbox0001/${kind}/${id}`;
    return { physicalId: id, attributes: { Id: id, Arn: arn, AwsManaged: 'false' } };
  },
  flaw({ Type, Content, TargetIds }) {
    const odd = toTexts(TargetIds).find((id) => !target.test(id));
    if (odd !== undefined) {
      return `You specified an invalid target: ${odd} is no root, OU or account`;
    }
    if (Type !== serviceControlPolicy) {
      return undefined;
    }
    const { length } = toDocument(Content);
    return length > maxCharacters
      ? `The policy content is ${length} characters, at most ${maxCharacters}`
      : undefined;
  },
  async check({ Type, Content }) {
    if (Type === serviceControlPolicy) {
      await checkIdentityPolicy(toDocument(Content));
    }
  },
});
