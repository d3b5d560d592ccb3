/** The properties that MfaAlarms refuses at construction. */
import { Stack, Stage, Token } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import type { TokenRecord } from '../fleet/token-record';

/**
 * Refuses records that cannot be compared with.
 *
 * @throws for an empty list, a fleet that is listed twice, and a record in another account or Region
 */
export function requireRecords(scope: IConstruct, records: readonly TokenRecord[]): void {
  if (records.length === 0) {
    throw new Error(
      `records of alarms '${scope.node.path}' is empty, must hold at least one TokenRecord: devices are compared with it; ` +
        'give the record of each fleet of the account',
    );
  }
  const fleets = records.map(({ fleet }) => fleet);
  const twice = fleets.find((fleet, index) => fleets.indexOf(fleet) !== index);
  if (twice !== undefined) {
    throw new Error(`records has fleet '${twice}' twice, must hold each fleet once; remove one of them`);
  }
  const home = Stack.of(scope);
  for (const record of records) {
    const { region, account } = Stack.of(record);
    if (differ(region, home.region) || differ(account, home.account)) {
      throw new Error(
        `the record of fleet '${record.fleet}' is in ${account}/${region}, must be in ${home.account}/${home.region} as ` +
          `the alarms '${scope.node.path}' are, which read it; move one of them`,
      );
    }
  }
}

/** Tells whether two values are known to differ. */
export function differ(one: string, other: string): boolean {
  return one !== other && !Token.isUnresolved(one) && !Token.isUnresolved(other);
}

/** Refuses malformed e-mail addresses, and an empty list of them, which reaches nobody. */
export function requireAddresses(addresses: readonly string[] | undefined): void {
  if (addresses?.length === 0) {
    throw new Error(
      'emailAddresses is empty, must hold at least one address: nobody would get the messages; write one, or leave ' +
        'emailAddresses out and subscribe to topic and troubleTopic',
    );
  }
  for (const address of addresses ?? []) {
    if (!Token.isUnresolved(address) && !/^[^\s@]+@[^\s@]+$/.test(address)) {
      throw new Error(
        `emailAddresses names '${address}', must be e-mail addresses such as 'security@example.com'; write the address, or ` +
          'leave emailAddresses out and subscribe to topic',
      );
    }
  }
}

/** Refuses an empty list of the roles of operators: their use would cause no alarm. */
export function requireRoles(roles: readonly IRole[] | undefined): void {
  if (roles?.length === 0) {
    throw new Error(
      "operatorRoles is empty, must hold at least one role: using an operator's role would cause no alarm; give the roles of the " +
        'operators, or leave operatorRoles out for those of the RunbookOperators of the app',
    );
  }
}

/**
 * Returns the name of the bus, by which other Regions know it.
 *
 * @throws for a name that is not known at synthesis, or that EventBridge does not accept for a custom bus
 */
export function busNameOf(name = 'mfa-guardrails'): string {
  if (Token.isUnresolved(name) || name === 'default' || !/^[A-Za-z0-9._-]{1,256}$/.test(name)) {
    const shown = Token.isUnresolved(name) ? 'not known at synthesis' : `'${name}'`;
    throw new Error(
      `busName is ${shown}, must be 1 to 256 letters, digits and ._-, and not 'default'; choose a name for the bus of the ` +
        'alarms',
    );
  }
  return name;
}

/**
 * Refuses a second MfaAlarms in one account and Region: every event would cause two messages, and the names of the rules
 * that forward would collide. Accounts and Regions that are not known are told apart by their stage.
 */
export function requireOnlyOne(scope: IConstruct, kind: (construct: IConstruct) => boolean): void {
  const home = Stack.of(scope);
  const others = scope.node.root.node.findAll().filter((construct) => construct !== scope && kind(construct));
  const other = others.find((construct) => {
    const { account, region } = Stack.of(construct);
    const isApart = Token.isUnresolved(account) && Stage.of(construct) !== Stage.of(scope);
    return !isApart && !differ(account, home.account) && !differ(region, home.region);
  });
  if (other !== undefined) {
    throw new Error(
      `alarms '${scope.node.path}' are the second of their account and Region, after '${other.node.path}', must be ` +
        'the only ones there: each event would be two messages; give one MfaAlarms the records of all fleets',
    );
  }
}
