/**
 * The judgment whether an ARN can be that of an IAM user or an account, by the parts that are known.
 * `arn:${AWS::Partition}:…` is the usual spelling in CDK: the literal parts are judged as in a plain ARN, and the token
 * counts as right.
 */
import { Reference, StringConcat, Tokenization } from 'aws-cdk-lib';
import { CfnGroup, CfnRole } from 'aws-cdk-lib/aws-iam';
import { ACCOUNT_ID } from '../policy/aws-ids';

/** Stands for what is known at deployment only; never part of an ARN. */
const UNKNOWN = '…';

/**
 * Returns the text of a principal, as much of it as is known.
 *
 * @param value a text with tokens, or resolved, with intrinsics
 * @param textOf what to write for an intrinsic such as `{ Ref: 'AWS::AccountId' }`, if not `…`
 * @returns `…` for what is not known at all
 */
export function arnText(value: unknown, textOf: (intrinsic: object) => string | undefined = nothing): string {
  if (typeof value === 'string') {
    const text: unknown = Tokenization.reverseString(value).mapTokens({ mapToken }).join(new StringConcat());
    return String(text ?? '');
  }
  if (typeof value !== 'object' || value === null) {
    return UNKNOWN;
  }
  const [[key, argument] = ['', undefined]] = Object.entries(value);
  if (key === 'Fn::Join' && Array.isArray(argument) && Array.isArray(argument[1])) {
    return argument[1].map((part) => arnText(part, textOf)).join(String(argument[0]));
  }
  const template: unknown = key === 'Fn::Sub' ? [argument].flat()[0] : undefined;
  return typeof template === 'string'
    ? template.replace(/\$\{(?!!)([^}]*)\}/g, (_all, name) => textOf({ Ref: name }) ?? UNKNOWN)
    : (textOf(value) ?? UNKNOWN);
}

/**
 * Returns the reason why a principal of type `AWS` that is not `*` cannot have MFA, or `undefined` if it can or is not
 * known.
 *
 * @param value a text with tokens, or resolved, with intrinsics
 */
export function refusalOfArn(value: unknown): string | undefined {
  const arn = arnText(value);
  if (arn === UNKNOWN) {
    return refusalOfReference(value);
  }
  if (arn.includes('AWSReservedSSO_')) {
    return (
      `trusts the Identity Center role '${arn}', whose sessions never carry AWS's MFA keys and so could never assume the role; ` +
      'require MFA in Identity Center and attach the permissions to the permission set'
    );
  }
  if (/:(role|assumed-role|federated-user)\//.test(arn)) {
    return `trusts '${arn}': the session of a role or a federated user never carries MFA and so could never assume the role; trust the IAM user or the account`;
  }
  if (/:user\/.*[*?]/.test(arn)) {
    return (
      `trusts '${arn}', but IAM accepts no wildcard in the ARN of a principal; trust the account, and name the users in the ` +
      'condition ArnLike aws:PrincipalArn'
    );
  }
  return isPerson(arn)
    ? undefined
    : `trusts '${arn}', which is neither an IAM user nor an account; write an ARN such as arn:aws:iam::111122223333:user/olga`;
}

function mapToken(): string {
  return UNKNOWN;
}

function nothing(): undefined {
  return undefined;
}

/** Tells whether the known parts of the ARN are those of a user or an account. */
function isPerson(arn: string): boolean {
  const [prefix = '', partition = '', service, region, account = '', ...rest] = arn.split(':');
  if (prefix !== 'arn') {
    return ACCOUNT_ID.test(arn) || /^\d*…/.test(arn);
  }
  if (rest.length === 0) {
    // The unknown part may be several parts of the ARN.
    return arn.includes(UNKNOWN);
  }
  return (
    /^[\w…-]+$/.test(partition) &&
    isUnknownOr('iam', service) &&
    isUnknownOr('', region) &&
    (account.includes(UNKNOWN) || ACCOUNT_ID.test(account)) &&
    isUserOrRoot(rest.join(':'))
  );
}

function isUnknownOr(known: string, part: string | undefined): boolean {
  return part === known || part?.includes(UNKNOWN) === true;
}

/** A path may hold nearly any character, a name may not. */
function isUserOrRoot(resource: string): boolean {
  return /^(root|user\/([^*?\s]+\/)?[\w+=,.@…-]+|[^/]*….*)$/.test(resource);
}

/** Judges a resource of the app by its type, because its ARN is not known yet. */
function refusalOfReference(value: unknown): string | undefined {
  const [token] = typeof value === 'string' ? Tokenization.reverseString(value).tokens : [];
  if (!Reference.isReference(token)) {
    return undefined;
  }
  const { target } = token;
  if (CfnRole.isCfnRole(target)) {
    return `trusts the role '${target.node.path}': the session of a role never carries MFA and so could never assume the role; trust the IAM user or the account`;
  }
  return CfnGroup.isCfnGroup(target)
    ? `trusts the group '${target.node.path}', but IAM does not accept a group as a principal; trust its users or the account`
    : undefined;
}
