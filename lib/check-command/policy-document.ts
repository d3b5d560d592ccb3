/** A policy document on its own, made into a template. */
import type { Template } from '../checks/template';
import { isJsonObject, type JsonObject } from '../record/text';

/** Tells whether a value is a policy document: it has statements with an effect. */
export function isPolicyDocument({ Statement, Resources }: JsonObject): boolean {
  const statements = Array.isArray(Statement) ? Statement : [Statement];
  return Resources === undefined && statements.some((one) => isJsonObject(one) && 'Effect' in one);
}

/**
 * Tells whether a policy document is a stack policy of CloudFormation, whose actions are not those of IAM. One such action
 * among others makes none: IAM accepts the name of any service, so it would hide what the others allow.
 */
export function isStackPolicy(document: JsonObject): boolean {
  return statementsOf(document).every(({ Action, NotAction }) =>
    [Action ?? NotAction].flat().every((action) => /^Update:/i.test(String(action))),
  );
}

/**
 * Makes a template of a document. Without principals it is a policy of identities; with them it is a trust policy if its
 * actions assume roles, and otherwise the policy of a resource. A resource control policy counts as the latter: it denies
 * actions on resources, which trust policies never name.
 */
export function templateOfPolicy(document: JsonObject): Template {
  const statements = statementsOf(document);
  const hasPrincipals = statements.some((one) => 'Principal' in one || 'NotPrincipal' in one);
  const assumes = statements.some(
    ({ Effect, Action, Resource, NotResource }) =>
      [Action].flat().some((action) => /^sts:/i.test(String(action))) &&
      (Effect === 'Allow' || (Resource === undefined && NotResource === undefined)),
  );
  const Type = hasPrincipals
    ? assumes
      ? 'AWS::IAM::Role'
      : 'AWS::S3::BucketPolicy'
    : 'AWS::IAM::ManagedPolicy';
  const property = Type === 'AWS::IAM::Role' ? 'AssumeRolePolicyDocument' : 'PolicyDocument';
  return { Resources: { Policy: { Type, Properties: { [property]: document } } } };
}

function statementsOf({ Statement }: JsonObject): readonly JsonObject[] {
  return [Statement].flat().map((one) => Object(one));
}
