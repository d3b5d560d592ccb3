/**
 * Step 7 of a hardware TOTP token: EnableMFADevice with the serial printed on it.
 *
 * AWS accepts a pair of codes once. So a lost answer is settled by looking whether IAM lists the token, and if it does
 * not, by asking for newer codes.
 */
import { AwsFault } from '../aws/aws';
import { isGone } from '../aws/faults';
import type { Ceremony } from '../ceremony/ceremony';
import { RunbookError } from '../runbook-error';
import type { CodePair } from '../token/codes';
import { devicesOfUser, poll, UNTIL_SHOWN } from './iam';
import type { NewDevice } from './new-device';
import { isBelievable, sendPair } from './pair-age';

/** A mistyped code is common, a second pair of wrong ones is not. */
const PAIRS_AT_MOST = 2;

/**
 * Enables the token.
 *
 * @param takePair asks for two codes that were not asked for before
 * @returns whether AWS took the codes while they were new enough; if not, it needs newer ones
 * @throws RunbookError, AwsFault
 */
export async function enablePrinted(
  c: Ceremony,
  device: NewDevice,
  takePair: () => Promise<CodePair>,
): Promise<boolean> {
  const { ports } = c;
  for (let left = PAIRS_AT_MOST - 1; ; left--) {
    const pair = await takePair();
    const failure = await tryToEnable(c, device, pair);
    if (failure === undefined) {
      return isBelievable(pair, device.enabledAt?.getTime() ?? ports.clock.now());
    }
    const isWrong = failure instanceof AwsFault && failure.code === 'InvalidAuthenticationCode';
    if (!isWrong || left === 0) {
      throw await explained(c, device, failure);
    }
    ports.terminal.event('codes-refused', { pairsLeft: left });
    ports.terminal.note(
      `AWS rejected these two codes, or does not know the serial ${device.arn}: compare it with the back of the token, then type two new codes in a row`,
    );
  }
}

/** @returns the failure, if IAM does not list the token for its holder */
async function tryToEnable(
  { ports, request: { holder } }: Ceremony,
  device: NewDevice,
  pair: CodePair,
): Promise<unknown> {
  ports.signal.throwIfAborted();
  const before = device.stage;
  let mayBeTaken = false;
  async function submit(codes: readonly [string, string]): Promise<void> {
    try {
      await ports.aws.enableDevice(holder, device.arn, codes);
    } catch (error) {
      mayBeTaken ||= !(error instanceof AwsFault && error.wasRefused);
      throw error;
    }
  }
  device.stage = 'unknown';
  try {
    await ports.terminal.during('AWS checks the codes', sendPair(ports, pair, submit));
    device.stage = 'enabled';
    return undefined;
  } catch (error) {
    if (!mayBeTaken) {
      device.stage = before === 'unknown' ? 'unknown' : 'none';
      return error;
    }
    const waiting = { pauses: UNTIL_SHOWN, saying: 'looking whether AWS enabled the token' };
    const isThere = await poll(ports, waiting, async () =>
      (await devicesOfUser(ports, holder))?.find(({ arn }) => arn === device.arn),
    );
    if (isThere === undefined) {
      // IAM has shown every change after this time.
      device.stage = 'none';
      return error;
    }
    device.stage = 'enabled';
    device.enabledAt = isThere.enabledAt;
    return undefined;
  }
}

async function explained(
  { ports, request: { holder } }: Ceremony,
  { arn: serial }: NewDevice,
  cause: unknown,
): Promise<unknown> {
  if (!(cause instanceof AwsFault)) {
    return cause;
  }
  if (cause.code === 'InvalidAuthenticationCode') {
    return new RunbookError(
      'iam/codes-rejected',
      `AWS does not know the serial ${serial}, or the codes are wrong: its answer does not tell which`,
      {
        hints: [
          `compare ${serial} with the back of the token and correct tokens.yaml if they differ; AWS knows tokens made for it only, of its own partition`,
          'if they are the same, run `{command}` again and type each code while the token shows it',
        ],
        cause,
      },
    );
  }
  if (cause.code === 'EntityAlreadyExists') {
    return new RunbookError(
      'iam/token-in-use',
      `the token ${serial} is already in use, by another user or in another account`,
      {
        hints: [
          'find out whose it is; each token is for one user of one account: it must be deactivated there first',
          'if the serial is wrong, correct tokens.yaml and run `cdk deploy`',
        ],
        cause,
        exitCode: 3,
      },
    );
  }
  if (!isGone(cause)) {
    return cause;
  }
  // A listing that fails says nothing about the user.
  const devices = await devicesOfUser(ports, holder).catch(() => []);
  if (devices === undefined) {
    return new RunbookError('iam/no-user', `the user ${holder} was deleted from IAM`, {
      hints: ['deploy the stack again (`cdk deploy`), then run `{command}` again'],
      cause,
    });
  }
  return new RunbookError('iam/serial-unknown', `AWS does not know a token with the serial ${serial}`, {
    hints: [
      `compare ${serial} with the back of the token and correct tokens.yaml if they differ`,
      'AWS knows tokens made for it only, of its own partition; any other token needs another type in tokens.yaml',
    ],
    cause,
    exitCode: 3,
  });
}
