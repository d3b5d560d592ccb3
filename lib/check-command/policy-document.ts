/** A policy document on its own, made into a template. */
import type { Template } from '../checks/template';
import { isJsonObject, type JsonObject } from '../record/text';

/** Tells whether a value is a policy document: it has statements with an effect. */
export function isPolicyDocument({ Statement, Resources }: JsonObject): boolean {
  const statements = Array.isArray(Statement) ? Statement : [Statement];
  return Resources === undefined && statements.some((one) => isJsonObject(one) && 'Effect' in one);
}

/**
 * Makes a template of a document. Without principals it is a policy of identities; with them it is a trust policy if its
 * actions assume roles, and otherwise the policy of a resource.
 */
export function templateOfPolicy(document: JsonObject): Template {
  const statements = [document.Statement].flat().map((one) => Object(one));
  const hasPrincipals = statements.some((one) => 'Principal' in one || 'NotPrincipal' in one);
  const assumes = statements.some((one) =>
    [one.Action].flat().some((action) => /^sts:/i.test(String(action))),
  );
  const Type = hasPrincipals
    ? assumes
      ? 'AWS::IAM::Role'
      : 'AWS::S3::BucketPolicy'
    : 'AWS::IAM::ManagedPolicy';
  const property = Type === 'AWS::IAM::Role' ? 'AssumeRolePolicyDocument' : 'PolicyDocument';
  return { Resources: { Policy: { Type, Properties: { [property]: document } } } };
}
