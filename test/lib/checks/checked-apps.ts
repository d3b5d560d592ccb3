/** Apps under MfaChecks, and what is said of them. */
import {
  type App,
  type IPolicyValidationContext,
  type PolicyValidationPluginReport,
  type Stack,
  Validations,
} from 'aws-cdk-lib';
import { AccountPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { MfaChecks } from '../../../lib/checks/mfa-checks';

/** The plugin under test, and what it said last. */
export class Spy extends MfaChecks {
  public report?: PolicyValidationPluginReport;

  public override validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    this.report = super.validate(context);
    return this.report;
  }
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
