/** The Config rules as a conformance pack: one unit to deploy, with one score, for an account or an organization. */

import { Token } from 'aws-cdk-lib';
import { CfnConformancePack, CfnOrganizationConformancePack } from 'aws-cdk-lib/aws-config';
import { Construct } from 'constructs';
import { ACCOUNT_ID } from '../policy/aws-ids';
import { refuseAt } from '../policy/refusal';
import { type MfaConformanceRules, managedRules, ruleResource } from './mfa-conformance-rules';

const DEFAULT_NAME = 'mfa-guardrails';
/** Config's limits on a pack's name, in characters: an account's, and an organization's. */
const MAX_NAME = 256;
const MAX_ORGANIZATION_NAME = 128;
/** The prefix of the only buckets that Config may write to. */
const BUCKET_PREFIX = 'awsconfigconforms';
/** The characters that the prefix leaves of the 63 of a bucket's name. */
const BUCKET = new RegExp(`^${BUCKET_PREFIX}[a-z0-9.-]{0,${63 - BUCKET_PREFIX.length}}$`);
const MAX_EXCLUDED_ACCOUNTS = 1000;

/** Properties of an MfaConformancePack. */
export interface MfaConformancePackProps extends MfaConformanceRules {
  /**
   * The name of the pack: a letter, then letters, digits and hyphens, at most 256 characters (128 for an organization).
   *
   * @default mfa-guardrails - an account that already has a pack of that name fails
   */
  readonly packName?: string;

  /**
   * The name of the bucket in which Config keeps the pack's template and results, beginning with `awsconfigconforms`.
   *
   * The bucket's policy must let the service-linked role `AWSServiceRoleForConfigConforms` read and write; for an
   * organization, that of every account.
   *
   * @default - none: Config needs no bucket of yours
   */
  readonly deliveryBucketName?: string;
}

/**
 * The rules of MfaConformance as a conformance pack of the account: deployed, scored and removed together.
 *
 * The account and the Region must meet the conditions of MfaConformance.
 *
 * @see https://docs.aws.amazon.com/config/latest/developerguide/cpack-prerequisites.html
 * @example
 * new MfaConformancePack(this, 'Pack', { packName: 'people-have-mfa' });
 */
export class MfaConformancePack extends Construct {
  /** The name of the pack. */
  public readonly packName: string;

  /** @throws when Config would not accept the name of the pack or of the bucket */
  public constructor(scope: Construct, id: string, props: MfaConformancePackProps = {}) {
    super(scope, id);
    this.packName = refuseAt(this.node.path, () => checkedName(props.packName, MAX_NAME));
    new CfnConformancePack(this, 'Resource', {
      conformancePackName: this.packName,
      templateBody: packTemplate(props),
      ...refuseAt(this.node.path, () => deliveryOf(props)),
    });
  }
}

/** Properties of an OrganizationMfaConformancePack. */
export interface OrganizationMfaConformancePackProps extends MfaConformancePackProps {
  /**
   * The accounts that do not get the pack, at most 1,000: for example those that are suspended or have no configuration
   * recorder.
   *
   * @default - none: every account of the organization gets it
   */
  readonly excludedAccounts?: string[];
}

/**
 * The rules of MfaConformance as a conformance pack in every account of the organization, including new ones.
 *
 * Deploy it in the management account, or in one that is delegated administrator for
 * `config-multiaccountsetup.amazonaws.com`, in *one* Region. Before that: the organization has all features, and every
 * account that is not excluded has a configuration recorder that is on, in that Region; an account without one fails the
 * deployment.
 *
 * @see https://docs.aws.amazon.com/config/latest/APIReference/API_PutOrganizationConformancePack.html
 * @example
 * new OrganizationMfaConformancePack(this, 'Pack', {
 *   usersWithoutPassword: false, // some users are programs
 *   excludedAccounts: ['444455556666'], // suspended
 * });
 */
export class OrganizationMfaConformancePack extends Construct {
  /** The name of the pack; in each account, Config appends to it. */
  public readonly packName: string;

  /**
   * @throws when Config would not accept the name of the pack or of the bucket, an excluded account is not 12 digits, or
   * there are more than 1,000
   */
  public constructor(scope: Construct, id: string, props: OrganizationMfaConformancePackProps = {}) {
    super(scope, id);
    this.packName = refuseAt(this.node.path, () => {
      requireAccounts(props.excludedAccounts ?? []);
      return checkedName(props.packName, MAX_ORGANIZATION_NAME);
    });
    new CfnOrganizationConformancePack(this, 'Resource', {
      organizationConformancePackName: this.packName,
      templateBody: packTemplate(props),
      ...refuseAt(this.node.path, () => deliveryOf(props)),
      ...(props.excludedAccounts === undefined ? {} : { excludedAccounts: props.excludedAccounts }),
    });
  }
}

/** Writes the template of a pack. Config wants YAML, of which JSON is a subset; this is about 2 KB of the 51,200 bytes allowed. */
function packTemplate(rules: MfaConformanceRules): string {
  const resources = managedRules(rules).map((rule) => {
    const { Type: type, Properties: properties } = ruleResource(rule, rules.maximumExecutionFrequency);
    return [rule.id, { Type: type, Properties: { ConfigRuleName: rule.name, ...properties } }];
  });
  return JSON.stringify({ Resources: Object.fromEntries(resources) }, undefined, 2);
}

function deliveryOf(props: MfaConformancePackProps): { readonly deliveryS3Bucket?: string } {
  const name = props.deliveryBucketName;
  if (name === undefined) {
    return {};
  }
  if (!Token.isUnresolved(name) && !BUCKET.test(name)) {
    throw new Error(
      `deliveryBucketName is '${name}', must be a bucket name of at most 63 characters that begins with ${BUCKET_PREFIX}: ` +
        `Config's role writes to no other; name the bucket ${BUCKET_PREFIX}-111122223333, or leave it out`,
    );
  }
  return { deliveryS3Bucket: name };
}

function checkedName(name: string | undefined, limit: number): string {
  if (name === undefined || Token.isUnresolved(name)) {
    return name ?? DEFAULT_NAME;
  }
  if (!/^[a-z][a-z0-9-]*$/i.test(name) || name.length > limit) {
    throw new Error(
      `packName is '${name}' (${name.length} characters), must be a letter, then letters, digits and hyphens, at most ` +
        `${limit} characters; leave it out for ${DEFAULT_NAME}`,
    );
  }
  return name;
}

function requireAccounts(accounts: readonly string[]): void {
  if (Token.isUnresolved(accounts)) {
    return;
  }
  if (accounts.length > MAX_EXCLUDED_ACCOUNTS) {
    throw new Error(
      `excludedAccounts has ${accounts.length} accounts, must be at most ${MAX_EXCLUDED_ACCOUNTS}; deploy MfaConformance to ` +
        'the accounts you mean, with OrganizationGuardrails',
    );
  }
  const stranger = accounts.find((account) => !Token.isUnresolved(account) && !ACCOUNT_ID.test(account));
  if (stranger !== undefined) {
    throw new Error(
      `excludedAccounts names '${stranger}', must be the 12 digits of an account, such as 111122223333; list the accounts of ` +
        'an organizational unit one by one',
    );
  }
}
