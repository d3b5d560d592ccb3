/** Apps under MfaChecks, and what is said of them. */
import { basename } from 'node:path';
import {
  type App,
  CfnResource,
  type IPolicyValidationContext,
  type PolicyValidationPluginReport,
  type PolicyViolatingResource,
  type Stack,
  Validations,
} from 'aws-cdk-lib';
import { AccountPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { MfaChecks } from '../../../lib/checks/mfa-checks';

/** The plugin under test, and what it said last. */
export class Spy extends MfaChecks {
  public report?: PolicyValidationPluginReport;

  public override validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    const report = super.validate(context);
    const { appConstruct } = context;
    this.report = {
      ...report,
      violations: report.violations.map((violation) => ({
        ...violation,
        violatingResources: violation.violatingResources.map((resource) => ({
          ...resource,
          constructPath: pathOf(appConstruct, resource),
        })),
      })),
    };
    return report;
  }
}

/** The construct of a resource. CDK prints it with the finding; only a newer one also adds it to the report of a plugin. */
function pathOf(app: IConstruct, { resourceLogicalId, templatePath = '' }: PolicyViolatingResource): string {
  const resource = app.node
    .findAll()
    .filter((construct) => CfnResource.isCfnResource(construct))
    .find(
      ({ logicalId, stack }) =>
        stack.templateFile === basename(templatePath) && stack.resolve(logicalId) === resourceLogicalId,
    );
  return resource?.node.path ?? '';
}

/** The report on an app; that it fails the synthesis is tested once, by itself. */
export function check(scope: App | Stack): PolicyValidationPluginReport {
  const spy = new Spy();
  const app = scope.node.root as App;
  Validations.of(app).addPlugins(spy);
  try {
    app.synth();
  } catch (error) {
    if (spy.report === undefined) {
      throw error;
    }
  }
  return spy.report ?? { success: false, violations: [] };
}

/** Each violation as severity, rule and the constructs it is about. */
export function summary({ violations }: PolicyValidationPluginReport): readonly string[] {
  return violations.map(({ ruleName, severity, violatingResources }) =>
    [severity, ruleName, ...violatingResources.map(({ constructPath }) => constructPath)].join(' '),
  );
}

export function openRole(scope: Stack, id = 'Open'): Role {
  return new Role(scope, id, { assumedBy: new AccountPrincipal('111122223333') });
}
