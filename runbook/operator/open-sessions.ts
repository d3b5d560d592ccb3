/**
 * Sessions that were opened with a device outlive it: AWS checks MFA when a session is opened, and never again. Only an
 * administrator can end them, so the commands are shown.
 *
 * Sources: `aws:TokenIssueTime` in the IAM user guide, which its own "Revoke active sessions" uses, and ListSessions and
 * BatchRevokeSessions in the API of AWS Sign-In. A principal there has no path, so the account's sessions are listed, and
 * those of the holder picked by the end of the ARN.
 */
import { parseRootHolder } from '../../lib/record/names';
import type { Preamble } from '../ceremony/ceremony';
import type { Ports } from '../ceremony/ports';

/** The check by which evidence of a lost or stolen token says so. */
export const SESSIONS_CHECK = 'sessions:may-be-open';

/** A change in IAM reaches STS some ten seconds later, and STS opens sessions until then. */
const PROPAGATION_MS = 60_000;

/** Says which sessions may still be open after a device was taken from its holder, and how to end them. */
export function tellOpenSessions(
  { ports: { terminal, clock }, identity }: Pick<Preamble, 'identity'> & { readonly ports: Ports },
  { holder, serials }: { readonly holder: string; readonly serials: readonly string[] },
): void {
  const rootAccount = parseRootHolder(holder);
  const { partition, account } = identity;
  const all = `arn:${partition}:iam::${rootAccount ?? account}:*`;
  const end = rootAccount === undefined ? `/${holder}` : ':root';
  const consoleCommands = [
    `aws signin list-sessions --principal-arn '${all}' --status ACTIVE --query "items[?ends_with(principalArn,'${end}')].sessionArn" --output text`,
    `aws signin batch-revoke-sessions --principal-arn '${all}' --session-arns ARN ARN`,
  ];
  const stsCommands =
    rootAccount === undefined ? [denyOlder(holder, new Date(clock.now() + PROPAGATION_MS))] : [];
  const ofSts = rootAccount === undefined ? 'of STS for up to 36 h, ' : '';
  terminal.note(
    `sessions that were opened with ${serials.join(' and ')} may still be open: ${ofSts}of the console and of aws login for up to 12 h`,
  );
  if (stsCommands.length > 0) {
    terminal.note('an administrator ends those of STS with:');
    tellCommands(terminal, stsCommands);
  }
  terminal.note('an administrator ends those of the console and of aws login with (up to five ARNs a call):');
  tellCommands(terminal, consoleCommands);
  if (rootAccount === undefined) {
    terminal.note(
      'and those of a role that was assumed with it by "Revoke active sessions" of the role, in the console',
    );
  }
  terminal.event('sessions-may-be-open', { holder, serials, commands: [...stsCommands, ...consoleCommands] });
}

function tellCommands(terminal: Ports['terminal'], commands: readonly string[]): void {
  for (const command of commands) {
    terminal.command(command);
  }
}

/** Formats the command that denies everything to the user's sessions that were opened before a time. */
function denyOlder(user: string, before: Date): string {
  const document = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: { DateLessThan: { 'aws:TokenIssueTime': before.toISOString().replace(/\.\d{3}Z$/, 'Z') } },
      },
    ],
  };
  return `aws iam put-user-policy --user-name ${user} --policy-name revoke-older-sessions --policy-document '${JSON.stringify(document)}'`;
}
