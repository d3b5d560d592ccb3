/** The options that say how the devices of a root user are seen. */
import { Option } from 'commander';
import type { WayIn } from '../aws/aws';
import { isRoot } from '../ceremonies/root-subject';
import { parseRole } from './open-for';
import { usageError } from './options';

export function viewRoleOption(): Option {
  return new Option(
    '--view-role <arn>',
    'for root of another account: role there that may list its virtual devices',
  ).argParser(parseRole);
}

export function assumeRootOption(): Option {
  return new Option(
    '--assume-root',
    'for root of a member account: see its devices of every type by sts:AssumeRoot',
  ).default(false);
}

/** Reads the way into the account of a root user; refuses one for everybody else. */
export function wayIn(
  holder: string | undefined,
  { viewRole, assumeRoot }: { readonly viewRole?: string; readonly assumeRoot: boolean },
): WayIn | undefined {
  if (viewRole === undefined && !assumeRoot) {
    return undefined;
  }
  if (holder === undefined || !isRoot(holder)) {
    throw usageError(
      '--view-role and --assume-root are for the root user of an account',
      'leave them out, or name `root@ACCOUNT`',
    );
  }
  if (viewRole === undefined) {
    return { assumeRoot: true };
  }
  if (assumeRoot) {
    throw usageError('--view-role and --assume-root are two ways to see one account', 'pass one of them');
  }
  return { roleArn: viewRole };
}
