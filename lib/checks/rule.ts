/** The form of a rule: one sentence, and one function over a policy document, or over a person, with three outcomes. */
import type { Policy } from './policy';
import type { Statement } from './statement';

/** One place where a policy breaks a rule. */
export interface Finding {
  /** The place in the resource, such as `Properties.AssumeRolePolicyDocument.Statement.1`. */
  readonly location: string;
  /** The problem, with the value and the reason why it matters: one sentence, without a final period. */
  readonly problem: string;
  readonly fix: string;
  /** Another severity than the rule's. */
  readonly severity?: Severity;
  /** The word that the finding is about; its id is then granular, as in `UnknownAction[s3:GetSignedUrl]`. */
  readonly word?: string;
}

/** A warning is shown and does not fail the synthesis. */
export type Severity = 'error' | 'warning';

/** The result for what the rule is not about; it is not a pass. */
export const NOT_APPLICABLE = 'not applicable';

/** The result of a rule: not applicable, or its findings, of which there may be none. */
type Verdict = typeof NOT_APPLICABLE | readonly Finding[];

/** One rule about policies, or about what `Judged` names. */
export interface Rule<Judged = Policy> {
  /** The id by which people acknowledge the rule, after `MfaChecks::`. */
  readonly id: string;
  /** The problem as one sentence, for lists of rules and the documentation. */
  readonly summary: string;
  readonly severity: Severity;
  check(judged: Judged): Verdict;
}

/** Judges the statements that a rule is about, one by one. */
export function judgeStatements(
  { statements }: Policy,
  isAbout: (statement: Statement) => boolean,
  judge: (statement: Statement) => Omit<Finding, 'location'> | undefined,
): Verdict {
  const judged = statements.filter(isAbout);
  if (judged.length === 0) {
    return NOT_APPLICABLE;
  }
  return judged.flatMap((statement) => {
    const found = judge(statement);
    return found === undefined ? [] : [{ location: statement.location, ...found }];
  });
}
