/** Selects the rows of the table for each subject: everything once, and for each caller the rows that distinguish callers. */
import type { Aim } from './actions';
import { ALL_SIGN_INS, inFocus } from './focus';
import type { Subject } from './subjects';
import { type Row, rowsOf } from './table';

/**
 * Every action of every service by the first caller, in every sign-in state. By the others every action of IAM, STS and Sign-In,
 * where it is asked whose policy it is, and what is in focus, where it is asked whom a policy is about. Variants leave out
 * most of EC2, which is half of all actions.
 */
export function everyQuestion(subject: Subject, aims: readonly Aim[]): readonly Row[] {
  const [first = 'olga', ...others] = subject.callers;
  const aimsOfOthers = subject.kind === 'identity' ? aims.filter(isAboutUsers) : inFocus(aims);
  const signIns = subject.kind === 'trust' ? { signIns: ALL_SIGN_INS } : {};
  return [
    ...rowsOf(subject, subject.isVariant ? withoutMostOfEc2(aims) : aims, { ...signIns, callers: [first] }),
    ...rowsOf(subject, aimsOfOthers, { ...signIns, callers: others }),
  ];
}

function isAboutUsers({ action }: Aim): boolean {
  return /^(iam|sts|signin):/.test(action);
}

function withoutMostOfEc2(aims: readonly Aim[]): readonly Aim[] {
  const focused = new Set(inFocus(aims));
  return aims.filter((aim) => !aim.action.startsWith('ec2:') || focused.has(aim));
}
