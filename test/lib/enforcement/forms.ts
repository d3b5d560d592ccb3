/** The three forms of the guardrail over a user who is otherwise allowed everything. */
import type { Stack } from 'aws-cdk-lib';
import { MfaEnforcementBoundary } from '../../../lib/enforcement/mfa-enforcement-boundary';
import { MfaEnforcementPolicy } from '../../../lib/enforcement/mfa-enforcement-policy';
import type { MfaEnforcementRules } from '../../../lib/enforcement/mfa-enforcement-rules';
import { MfaServiceControlPolicy } from '../../../lib/enforcement/mfa-service-control-policy';
import { ADMINISTRATOR, decide, type Request, rendered, type SignIn } from '../../support/policy-simulation';
import { emptyStack, onlyResource } from '../fixtures';

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface Document {
  readonly Statement: readonly Statement[];
}

/** The place of a policy in a request. */
type Placement = Pick<Request, 'policies' | 'boundary' | 'serviceControls'>;

interface Form {
  readonly build: (stack: Stack, rules: MfaEnforcementRules) => void;
  readonly type: string;
  readonly property: string;
  /** Places the policy in a request that another policy allows. */
  readonly over: (document: unknown) => Placement;
}

export const FORMS = {
  'the managed policy': {
    build: (stack, rules) => new MfaEnforcementPolicy(stack, 'Guardrail', rules),
    type: 'AWS::IAM::ManagedPolicy',
    property: 'PolicyDocument',
    over: (document) => ({ policies: [document, ADMINISTRATOR] }),
  },
  'the boundary': {
    build: (stack, rules) => new MfaEnforcementBoundary(stack, 'Guardrail', rules),
    type: 'AWS::IAM::ManagedPolicy',
    property: 'PolicyDocument',
    over: (document) => ({ policies: [ADMINISTRATOR], boundary: document }),
  },
  'the service control policy': {
    build: (stack, rules) => new MfaServiceControlPolicy(stack, 'Guardrail', rules),
    type: 'AWS::Organizations::Policy',
    property: 'Content',
    over: (document) => ({ policies: [ADMINISTRATOR], serviceControls: [document] }),
  },
} as const satisfies Readonly<Record<string, Form>>;

export type FormName = keyof typeof FORMS;

export const FORM_NAMES = Object.keys(FORMS) as FormName[];

/** The policy as it is in the template. */
export function templateOf(form: FormName, rules: MfaEnforcementRules, stack = emptyStack()): Document {
  const { build, type, property } = FORMS[form];
  build(stack, rules);
  return onlyResource(stack, type)[property] as Document;
}

/** The policy as it is deployed. */
export function deployed(form: FormName, rules: MfaEnforcementRules, refs = {}): Document {
  return rendered(templateOf(form, rules), refs) as Document;
}

const SIGN_INS: readonly SignIn[] = [
  'a long-term key',
  'a session without MFA',
  'fresh MFA',
  'MFA of yesterday',
];

/** Decides the request after each sign-in: `--++` means that it is allowed with MFA only, however old. */
export async function answersOf(
  request: Omit<Request, 'signIn'>,
  signIns: readonly SignIn[] = SIGN_INS,
): Promise<string> {
  const decisions = await Promise.all(signIns.map((signIn) => decide({ ...request, signIn })));
  return decisions.map((decision) => (decision === 'Allowed' ? '+' : '-')).join('');
}
