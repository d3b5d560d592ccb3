/** The conflicts between the values of a record: one token used twice, one slot twice, one user twice. */
import { type FleetRecord, OWN_ACCOUNT, type SlotToken } from './record';
import { ownerOf, quote, type RecordPath, type Violation } from './rules';

/** A token as far as it could be read, and its place in the inventory. */
export interface Claim {
  readonly path: RecordPath;
  /** The path of the owner's tokens, such as that of a holder; absent for a spare. */
  readonly owner?: RecordPath;
  readonly slot?: string;
  readonly serial?: string;
  readonly type?: unknown;
  readonly profile?: unknown;
}

/** Returns the position of a path, with a leading blank, such as ` (line 4)`; empty if there are no lines. */
type Whereabouts = (path: RecordPath) => string;

function claimsOf(record: FleetRecord): readonly Claim[] {
  return [
    ...record.holders.flatMap(({ name, tokens }) => claimsBelow(['holders', name], tokens)),
    ...record.roots.flatMap(({ account, tokens }) => claimsBelow(['roots', account], tokens)),
    ...record.spares.map((spare, index) => ({ ...spare, path: ['spares', index] })),
  ];
}

function claimsBelow(owner: RecordPath, tokens: readonly SlotToken[]): readonly Claim[] {
  return tokens.map((token, index) => ({ ...token, owner, path: [...owner, index] }));
}

/** Names an owner after `of`: a holder by its quoted name alone. */
function nameOf(owner: RecordPath): string {
  return owner[0] === 'holders' ? quote(owner[1]) : ownerOf(owner);
}

function usageOf({ owner, slot }: Claim): string {
  if (owner === undefined) {
    return 'a spare';
  }
  return `${slot === undefined ? 'a' : `the ${slot}`} token of ${nameOf(owner)}`;
}

/** The profiles of one molto2 token may be in different places. A missing or wrong profile is reported elsewhere. */
function mayShareSerial(a: Claim, b: Claim): boolean {
  const areProfiles = a.type === 'molto2' && b.type === 'molto2';
  return areProfiles && (typeof a.profile !== 'number' || a.profile !== b.profile);
}

function serialConflict(claim: Claim, earlier: Claim, where: Whereabouts): Violation {
  const twoProfiles = claim.type === 'molto2' && earlier.type === 'molto2';
  const what = twoProfiles ? `profile ${String(claim.profile)} of serial` : 'serial';
  return {
    path: [...claim.path, 'serial'],
    message: `${what} ${quote(claim.serial ?? '')} is already declared as ${usageOf(earlier)}${where([...earlier.path, 'serial'])}`,
    fix: twoProfiles
      ? 'give each place its own profile'
      : 'read the serials off both tokens and correct the wrong one, or remove one of the two',
  };
}

/**
 * Finds one physical token in two places. Serials are compared regardless of case: no vendor distinguishes tokens by case
 * alone, so `galt01` and `GALT01` are one token typed twice, and IAM might not distinguish the two device names.
 */
function* serialConflicts(claims: readonly Claim[], where: Whereabouts): Iterable<Violation> {
  const seen = new Map<string, Claim[]>();
  for (const claim of claims) {
    if (claim.serial === undefined) {
      continue;
    }
    const key = claim.serial.toLowerCase();
    const same = seen.get(key);
    const earlier = same?.find((other) => !mayShareSerial(claim, other));
    if (earlier) {
      yield serialConflict(claim, earlier, where);
    }
    if (same) {
      same.push(claim);
    } else {
      seen.set(key, [claim]);
    }
  }
}

function* slotConflicts(claims: readonly Claim[], where: Whereabouts): Iterable<Violation> {
  const seen = new Map<string, Map<string, Claim>>();
  for (const claim of claims) {
    if (claim.owner === undefined || claim.slot === undefined) {
      continue;
    }
    const owner = JSON.stringify(claim.owner);
    const slots = seen.get(owner) ?? new Map<string, Claim>();
    seen.set(owner, slots);
    const earlier = slots.get(claim.slot);
    if (!earlier) {
      slots.set(claim.slot, claim);
      continue;
    }
    yield {
      path: [...claim.path, 'slot'],
      message: `slot ${quote(claim.slot)} of ${nameOf(claim.owner)} is already taken${where([...earlier.path, 'slot'])}`,
      fix: `give each token of ${claim.owner[0] === 'holders' ? 'a holder' : 'root'} its own slot`,
    };
  }
}

/** Finds one holder declared twice. IAM rejects two users whose names differ only in case. */
function* holderConflicts(holders: readonly string[], where: Whereabouts): Iterable<Violation> {
  const seen = new Map<string, string>();
  for (const holder of holders) {
    const earlier = seen.get(holder.toLowerCase());
    if (earlier === undefined) {
      seen.set(holder.toLowerCase(), holder);
      continue;
    }
    const spelling = earlier === holder ? '' : ` as ${quote(earlier)}, and IAM ignores case`;
    yield {
      path: ['holders', holder],
      message: `holder ${quote(holder)} is already declared${spelling}${where(['holders', earlier])}`,
      fix: 'keep one of the two, spelled as the IAM user is',
    };
  }
}

/**
 * Finds one account declared twice, which only an edited record can, and the stack's own account declared next to others:
 * whether it is one of them is known only after deployment.
 */
function* rootConflicts(accounts: readonly string[]): Iterable<Violation> {
  const twice = accounts.find((account, index) => accounts.indexOf(account) !== index);
  if (twice !== undefined) {
    yield {
      path: ['roots', twice],
      message: `root of account ${quote(twice)} is already declared`,
      fix: 'keep one of the two',
    };
  }
  if (accounts.includes(OWN_ACCOUNT) && accounts.length > 1) {
    yield {
      path: ['root'],
      message: 'root: and roots: are both declared, so one account could be declared twice',
      fix: "move the tokens of root: below roots:, under the account's 12 digits in quotes",
    };
  }
}

/** The owners of tokens. */
interface Owners {
  /** The names of the IAM users. */
  readonly holders: readonly string[];
  /** The accounts of the root users; `self` for the account of the stack. */
  readonly accounts: readonly string[];
}

/** Finds every conflict among owners and their tokens, in no particular order. */
export function* conflicts(
  { holders, accounts }: Owners,
  claims: readonly Claim[],
  where: Whereabouts,
): Iterable<Violation> {
  yield* holderConflicts(holders, where);
  yield* rootConflicts(accounts);
  yield* slotConflicts(claims, where);
  yield* serialConflicts(claims, where);
}

/** Finds every conflict in a record. */
export function conflictsIn(record: FleetRecord): Iterable<Violation> {
  const owners = {
    holders: record.holders.map(({ name }) => name),
    accounts: record.roots.map(({ account }) => account),
  };
  return conflicts(owners, claimsOf(record), () => '');
}
