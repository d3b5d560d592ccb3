/** The checks as a plugin of CDK's validation: rules over the final templates of an app. */
import type {
  IPolicyValidationContext,
  IPolicyValidationPlugin,
  PolicyValidationPluginReport,
  PolicyViolatingResource,
  PolicyViolation,
} from 'aws-cdk-lib';
import { countOf } from '../record/text';
import { checkTemplates, type TemplateFinding } from './check-templates';
import type { NotJudged } from './not-judged';
import { RULES } from './rules';
import { readTemplate, templateFilesOf } from './template-file';
import { VERSION } from './version';
import { vocabularyDate, vocabularySource } from './vocabulary';

/**
 * Checks the policies of any CDK app for mistakes about MFA: roles that people can assume without it, conditions that let
 * long-term access keys through, devices that can be deleted with a stolen password, and words that IAM does not know.
 *
 * It judges the templates as they are deployed, including nested stacks and property overrides, and parameters by their
 * default. Places that only the deployment decides are listed as `NotJudged`. An error fails the synthesis; a warning is only
 * shown. A finding that is intended can be acknowledged on a construct, for everything below it; `validation-report.json`
 * keeps the reason:
 *
 *     Validations.of(role).acknowledge({ id: 'MfaChecks::RoleWithoutMfa', reason: 'only roles of that account use it' });
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
 * @example
 * Validations.of(app).addPlugins(new MfaChecks());
 */
export class MfaChecks implements IPolicyValidationPlugin {
  /** The prefix under which the rules are acknowledged: `MfaChecks::RoleWithoutMfa`. */
  public readonly name: string = 'MfaChecks';
  /** The version of this library. */
  public readonly version?: string = VERSION;
  /** The rules, by the name that follows `MfaChecks::`. */
  public readonly ruleIds?: string[] = [...RULES.map(({ id }) => id), 'NotJudged'];

  /** Judges the templates of an app. CDK calls it at the end of a synthesis. */
  public validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    const templates = templateFilesOf(context).map((file) => ({
      ...file,
      template: readTemplate(file.path),
    }));
    const { findings, notJudged } = checkTemplates(templates);
    const violations = grouped([...findings.map(violationOf), ...notJudged.map(notJudgedOf)]);
    return {
      success: violations.every(({ severity }) => severity !== 'error'),
      violations,
      metadata: {
        vocabulary: `${vocabularySource()}, ${vocabularyDate()}`,
        notJudged: countOf(notJudged.length, 'place'),
      },
    };
  }
}

function violationOf({
  id,
  severity,
  path,
  logicalId,
  location,
  problem,
  fix,
}: TemplateFinding): PolicyViolation {
  return {
    ruleName: id,
    severity,
    // The command line shows no locations, so the text begins with one.
    description: `${location.replace(/^Properties\./, '')}: ${problem}`,
    fix,
    violatingResources: [{ resourceLogicalId: logicalId, templatePath: path, locations: [location] }],
  };
}

/** A place that is not judged is reported, and fails nothing. */
function notJudgedOf({ path, logicalId, location, reason }: NotJudged & { path: string }): PolicyViolation {
  return {
    ruleName: 'NotJudged',
    severity: 'info',
    description: `${location.replace(/^Properties\./, '')}: not judged, because ${reason}`,
    violatingResources: [{ resourceLogicalId: logicalId, templatePath: path, locations: [location] }],
  };
}

/** Makes one violation of the same finding in several resources, as CDK's report wants it. */
function grouped(violations: readonly PolicyViolation[]): PolicyViolation[] {
  const groups = new Map<string, PolicyViolation & { violatingResources: PolicyViolatingResource[] }>();
  for (const violation of violations) {
    const { ruleName, description, fix = '' } = violation;
    const key = [ruleName, description, fix].join('\n');
    const group = groups.get(key) ?? { ...violation, violatingResources: [] };
    group.violatingResources.push(...violation.violatingResources);
    groups.set(key, group);
  }
  return [...groups.values()];
}
