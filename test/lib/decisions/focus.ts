/** The part of a table in which a mistake shows: what the intents name, and what nobody may reach by mistake. */
import { SIGN_IN, type SignIn } from '../../support/policy-simulation';
import type { Aim } from './actions';
import { INTENTS } from './intent';
import type { Mutant } from './mutations';
import { NO_RESOURCE, type PlaceName } from './places';
import type { Subject } from './subjects';
import { type Row, rowsOf, verdictOf } from './table';

/** Actions that no intent names: what an attacker would reach for, and harmless ones of each service. */
const BYSTANDERS = [
  'iam:AttachUserPolicy',
  'iam:CreateAccessKey',
  'iam:CreateLoginProfile',
  'iam:GetAccountSummary',
  'iam:ListUsers',
  'iam:PassRole',
  'iam:UntagMFADevice',
  'iam:UpdateLoginProfile',
  'sts:AssumeRole',
  'sts:AssumeRoleWithSAML',
  'sts:GetFederationToken',
  'sts:SetSourceIdentity',
  'sts:TagSession',
  'ssm:DeleteParameter',
  'ssm:DescribeParameters',
  'ssm:GetParameterHistory',
  'signin:Authenticate',
  'signin:IntrospectOAuth2Token',
  'signin:PutConsoleAuthorizationConfiguration',
  's3:GetObject',
  's3:CreateBucket',
  'ec2:DescribeInstances',
  'ec2:RunInstances',
  'organizations:DescribeOrganization',
  'organizations:LeaveOrganization',
];

const ACTIONS: ReadonlySet<string> = new Set([
  ...INTENTS.flatMap(({ lines }) => lines.flatMap(({ actions }) => actions)),
  ...BYSTANDERS,
]);

export const ALL_SIGN_INS = Object.keys(SIGN_IN) as readonly SignIn[];

/** The aims in focus of those there are. */
export function inFocus(aims: readonly Aim[]): readonly Aim[] {
  return aims.filter(({ action }) => ACTIONS.has(action));
}

const PERSONAL: readonly PlaceName[] = [
  'the own user',
  'another user',
  'a device of the fleet',
  'the role itself',
  'the console',
  'a service that gets tokens',
  NO_RESOURCE,
];

/** The fewest ways to sign in that tell right from wrong: MFA on both sides of the limit, if there is one. */
function tellingSignIns({ kind, maxAgeSeconds }: Subject): readonly SignIn[] {
  if (kind === 'trust') {
    return ALL_SIGN_INS;
  }
  const without = ['a long-term key', 'a session without MFA'] as const;
  return maxAgeSeconds === undefined
    ? [...without, 'fresh MFA']
    : [...without, 'MFA of 59 minutes ago', 'MFA of 61 minutes ago'];
}

/** Finds for one policy after another the first row that it decides otherwise than meant. */
export class Detector {
  private readonly rows: Row[];

  public constructor(
    private readonly subject: Subject,
    aims: readonly Aim[],
  ) {
    const [first = 'olga', ...others] = subject.callers;
    const signIns = tellingSignIns(subject);
    const focused = inFocus(aims);
    // Where a user is in IAM matters to what is about the own user. That it matters to nothing else is for the table.
    const personal = focused.filter(({ on }) => PERSONAL.includes(on));
    this.rows = [
      ...rowsOf(subject, focused, { signIns, callers: [first] }),
      ...rowsOf(subject, personal, { signIns, callers: others }),
    ];
  }

  /** Some request about the subject. */
  public anyRow(): Row {
    const [row] = this.rows;
    if (row === undefined) {
      throw new Error(`no request is about ${this.subject.name}`);
    }
    return row;
  }

  /**
   * Finds a row that gives the policy away. Asks the actions it may be wrong about first, and the row that gave an earlier
   * policy away before others: mistakes resemble each other.
   *
   * @param step 1 to ask every row, n to ask every n-th
   */
  public async caught({ policy, about }: Mutant, step = 1): Promise<Row | undefined> {
    function isAbout({ action }: Row): boolean {
      return about.includes(action);
    }
    const rows = [...this.rows.filter(isAbout), ...this.rows.filter((row) => !isAbout(row))];
    for (const row of rows.filter((_, index) => index % step === 0)) {
      if ((await verdictOf(row, this.subject.kind, policy)) !== row.expected) {
        this.rows.splice(this.rows.indexOf(row), 1);
        this.rows.unshift(row);
        return row;
      }
    }
    return undefined;
  }
}
