/** The findings of all rules in templates that are deployed together, and what they could not judge. */
import { expandTemplate } from './expand-template';
import { type NotJudged, notJudgedIn } from './not-judged';
import { type Person, peopleIn } from './people';
import { importsOf, type Policy, policiesOf } from './policy';
import { type Finding, NOT_APPLICABLE, type Rule, type Severity } from './rule';
import { RULES } from './rules';
import { judgePerson, peopleWithoutMfa } from './rules/people-without-mfa';
import type { Template } from './template';

/** A template, or what was made one, and where it is from. */
export interface CheckedTemplate {
  readonly path: string;
  /** The account of its stack, if it is known. */
  readonly account: string | undefined;
  readonly template: Template;
}

/** A finding in a template. */
export interface TemplateFinding extends Finding {
  /** The id by which it is acknowledged, such as `UnknownAction[s3:GetSignedUrl]`. */
  readonly id: string;
  /** The id of the rule alone. */
  readonly rule: string;
  readonly severity: Severity;
  readonly path: string;
  readonly logicalId: string;
}

interface Checked {
  readonly findings: readonly TemplateFinding[];
  readonly notJudged: readonly (NotJudged & { readonly path: string })[];
}

/** Judges templates. A managed policy is followed through its export to the templates that import it. */
export function checkTemplates(written: readonly CheckedTemplate[]): Checked {
  const templates = written.map((one) => ({ ...one, template: expandTemplate(one.template) }));
  const imports = importsOf(templates.map(({ template }) => template));
  const judged = templates.map(({ path, account, template }) => {
    const policies = policiesOf(template, account, imports);
    return { path, template, policies, people: peopleIn(template, policies) };
  });
  return {
    findings: judged.flatMap(({ path, policies, people }) =>
      [...policies.flatMap(findingsOf), ...people.flatMap(findingsOfPerson)].map((finding) => ({
        ...finding,
        path,
      })),
    ),
    notJudged: judged.flatMap(({ path, template, policies, people }) =>
      [...notJudgedIn(template, policies), ...people.flatMap(notJudgedOfPerson)].map((place) => ({
        ...place,
        path,
      })),
    ),
  };
}

/** Judges a person, unless something that is not in the template may deny without MFA. */
function findingsOfPerson(person: Person): readonly Omit<TemplateFinding, 'path'>[] {
  const finding = judgePerson(person);
  return finding === undefined || person.elsewhere.length > 0
    ? []
    : [named(peopleWithoutMfa, finding, person.logicalId)];
}

function notJudgedOfPerson(person: Person): readonly NotJudged[] {
  const { logicalId, elsewhere } = person;
  return elsewhere.length === 0 || judgePerson(person) === undefined
    ? []
    : [
        {
          logicalId,
          location: 'Properties',
          reason: `${elsewhere.join(' and ')} may require MFA, and ${elsewhere.length === 1 ? 'is' : 'are'} not in the template`,
        },
      ];
}

function findingsOf(policy: Policy): readonly Omit<TemplateFinding, 'path'>[] {
  return RULES.flatMap((rule) => {
    const verdict = rule.check(policy);
    if (verdict === NOT_APPLICABLE) {
      return [];
    }
    return verdict.map((finding) => named(rule, finding, policy.logicalId));
  });
}

function named(rule: Rule, finding: Finding, logicalId: string): Omit<TemplateFinding, 'path'> {
  return {
    ...finding,
    id: finding.word === undefined ? rule.id : `${rule.id}[${finding.word}]`,
    rule: rule.id,
    severity: finding.severity ?? rule.severity,
    logicalId,
  };
}
