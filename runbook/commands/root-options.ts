/** The options of a root user: how its devices are seen, and where the secret of the console's code is. */
import { type Command, Option } from 'commander';
import type { WayIn } from '../aws/aws';
import type { EnrollRootRequest } from '../ceremonies/root-state';
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

/** Of every command that may wait for the console. */
export function noWaitOption(): Option {
  return new Option(
    '--no-wait',
    'do not wait for what a person does in the console: print the steps and end; the same command without this option completes the ceremony',
  );
}

/** Options of a command that makes a device of root. */
export interface RootOptions {
  readonly qr?: string;
  readonly secret: boolean;
  readonly viewRole?: string;
  readonly assumeRoot: boolean;
  /** False with `--no-wait`. */
  readonly wait: boolean;
}

/** Adds these options, except `--no-wait`, which each command shows in another place. */
export function withRootOptions(command: Command): Command {
  return command
    .addOption(qrOption())
    .addOption(secretOption())
    .addOption(viewRoleOption())
    .addOption(assumeRootOption());
}

function qrOption(): Option {
  return new Option(
    '--qr <file>',
    'for root: picture of the QR code, PNG or JPEG; - reads it from standard input',
  );
}

function secretOption(): Option {
  return new Option('--secret', 'for root: ask for the secret key, which is not shown').default(false);
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

/** Reads the options of a root user; refuses them for everybody else. */
export function rootOptions(
  holder: string | undefined,
  options: Omit<RootOptions, 'wait'>,
): Pick<EnrollRootRequest, 'source' | 'way'> {
  const { qr, secret } = options;
  const way = wayIn(holder, options);
  if ((qr !== undefined || secret) && (holder === undefined || !isRoot(holder))) {
    throw usageError(
      '--qr and --secret are for the root user, whose device is made in the console',
      'leave them out, or name `root` or `root@ACCOUNT`; to burn another secret, see `mfa-runbook burn --help`',
    );
  }
  if (qr !== undefined && secret) {
    throw usageError('--qr and --secret are two ways to hand over one secret', 'pass one of them');
  }
  const source = qr === undefined ? (secret ? TYPED : undefined) : ({ kind: 'picture', path: qr } as const);
  return { source, way };
}

const TYPED = { kind: 'typed' } as const;
