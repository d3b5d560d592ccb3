/** Reads what IAM tells of an account apart from its devices. Changes nothing; what the caller may not ask is not known. */
import type { AccountSummary, Aws, IamUser, PasswordExpiry } from '../aws/aws';
import { unlessDenied } from '../aws/faults';

export interface AccountFacts {
  /** By name in lower case, because IAM does not tell case apart; `undefined` if not known, as with the others. */
  readonly users: ReadonlyMap<string, IamUser> | undefined;
  readonly summary: AccountSummary | undefined;
  /** `never` if passwords do not expire. */
  readonly passwords: PasswordExpiry | 'never' | undefined;
}

/** Reads the facts in parallel, one call each (and one more for each further 1,000 users). @throws AwsFault */
export async function readAccount(
  aws: Pick<Aws, 'users' | 'summary' | 'passwordExpiry'>,
): Promise<AccountFacts> {
  const [users, summary, passwords] = await Promise.all([
    unlessDenied(aws.users()),
    unlessDenied(aws.summary()),
    unlessDenied(aws.passwordExpiry().then((expiry) => expiry ?? ('never' as const))),
  ]);
  const byName = users && new Map(users.map((user) => [user.name.toLowerCase(), user]));
  return { users: byName, summary, passwords };
}
