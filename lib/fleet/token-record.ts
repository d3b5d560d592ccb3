/** The record as CloudFormation deploys it: standard-tier SSM parameters that only CloudFormation writes. */

import { NestedStack, Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { ParameterTier, StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct, Dependable, type IConstruct } from 'constructs';
import { refuseAt } from '../policy/refusal';
import { recordPath } from '../record/names';
import { formatRecord, type RecordParameter } from '../record/pages';
import { warnOfInventory } from './inventory-warnings';
import { arnsBelow } from './parameter-arns';
import type { TokenInventory } from './token-inventory';

/**
 * The number of pages in a stack: below CloudFormation's 500 resources, and below its megabyte of template when every
 * page is full.
 */
const PAGES_OF_A_STACK = 128;

/** Properties of a TokenRecord. */
export interface TokenRecordProps {
  /** The tokens to record. */
  readonly inventory: TokenInventory;
}

/**
 * The record of which physical token belongs to which IAM user, in SSM Parameter Store.
 *
 * One parameter holds the manifest (with the generation, a digest of the whole record) and a power of two of
 * parameters hold the pages, so that a change to one holder changes one page and the manifest. Readers recompute
 * the generation, so a half-deployed or hand-edited record is refused.
 *
 * The first 128 pages, a few thousand tokens, are resources of the stack itself; each further 128 are a nested stack, up to
 * 1,024 pages. A page never moves from one stack to another as the fleet grows, since CloudFormation would then create it
 * in the one before it deletes it in the other. Nested stacks need an account that was bootstrapped (`cdk bootstrap`).
 *
 * @example
 * declare const auditors: iam.Role;
 *
 * const record = new TokenRecord(this, 'Record', {
 *   inventory: TokenInventory.fromYaml(readFileSync('tokens.yaml', 'utf8'), 'tokens.yaml'),
 * });
 * record.grantRead(auditors);
 */
export class TokenRecord extends Construct {
  /** The fleet's name. */
  public readonly fleet: string;
  /** The IAM user names of the fleet's holders, in alphabetical order. */
  public readonly holderNames: string[];
  /** The SSM path of the record: `/mfa-guardrails/{fleet}/record`. */
  public readonly path: string;
  /** The SHA-256 of the record, as 64 lower-case hexadecimal digits. */
  public readonly generation: string;
  /** The number of SSM parameters that hold the record. */
  public readonly parameterCount: number;

  /** @throws when the inventory does not fit into 1,024 parameters of 4 KB, or declares root in GovCloud */
  public constructor(scope: Construct, id: string, props: TokenRecordProps) {
    super(scope, id);
    const { inventory } = props;
    const parameters = refuseAt(this.node.path, () => {
      requireRoots(this, inventory);
      return formatRecord(inventory._record);
    });
    warnOfInventory(this, inventory._record);

    this.fleet = inventory.fleet;
    this.holderNames = inventory.holderNames;
    this.path = recordPath(inventory.fleet);
    this.generation = inventory.generation;
    this.parameterCount = parameters.length;
    const [manifest, ...pages] = parameters.map((parameter) => this.addParameter(parameter));
    if (manifest !== undefined) {
      // Whatever depends on the record depends on its manifest alone: a template of many users has no room for more.
      manifest.node.addDependency(...new Set(pages.map((page) => this.resourceOf(page))));
      Dependable.implement(this, { dependencyRoots: [manifest] });
    }
  }

  /**
   * Lets a principal (or a managed policy) read the record, and no other parameter.
   *
   * @param grantee the reader
   */
  public grantRead(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['ssm:GetParameter', 'ssm:GetParameters', 'ssm:GetParametersByPath'],
      resourceArns: arnsBelow(this, this.path),
    });
  }

  private addParameter({ name, value }: RecordParameter): StringParameter {
    const place = name.slice(this.path.length + 1);
    return new StringParameter(this.scopeOf(place), parameterId(place), {
      parameterName: name,
      stringValue: value,
      tier: ParameterTier.STANDARD,
      description: `MFA token record of fleet ${this.fleet}, ${place}. Written by CloudFormation only.`,
    });
  }

  /** Returns a page, or the nested stack that it is in, which is one resource here. */
  private resourceOf(page: StringParameter): IConstruct {
    return page.node.scope instanceof NestedStack ? page.node.scope : page;
  }

  /** The place alone decides, never the size of the record, so a page never moves. */
  private scopeOf(place: string): Construct {
    const [, page = '0'] = place.split('/');
    const first = Math.floor(Number(page) / PAGES_OF_A_STACK) * PAGES_OF_A_STACK;
    if (first === 0) {
      return this;
    }
    const id = `Pages${first}`;
    const existing = this.node.tryFindChild(id);
    return existing instanceof NestedStack
      ? existing
      : new NestedStack(this, id, {
          description: `MFA token record of fleet ${this.fleet}, pages ${first} to ${first + PAGES_OF_A_STACK - 1}`,
        });
  }
}

/**
 * Refuses root where there is none. A Region that is known only at deployment is left to the runbook.
 *
 * @see https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-differences.html
 */
function requireRoots(scope: Construct, { fleet, _record: record }: TokenInventory): void {
  if (record.roots.length > 0 && Stack.of(scope).region.startsWith('us-gov-')) {
    throw new Error(
      `fleet '${fleet}' declares tokens of root, and accounts in AWS GovCloud (US) have no root user; remove root: and ` +
        'roots: from the inventory, and declare the root of the linked standard account in a fleet there',
    );
  }
}

/** `manifest` → `Manifest`, `page/12` → `Page12`. */
function parameterId(place: string): string {
  const [first = '', ...rest] = place.split('/');
  return `${first.charAt(0).toUpperCase()}${first.slice(1)}${rest.join('')}`;
}
