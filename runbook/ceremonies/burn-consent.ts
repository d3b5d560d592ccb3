/** Step 3 of a burn: the token must be free by record and IAM, or its serial is typed in full. */
import { isSamePlace, type Place } from '../../lib/record/place';
import { quote } from '../../lib/record/rules';
import type { VirtualDevice } from '../aws/aws';
import { checkClock } from '../ceremony/machine-clock';
import type { Ports } from '../ceremony/ports';
import { seedPlaceOf } from '../device/seed-place';
import { isDeclared, readRecord } from '../record/declared-token';
import { RunbookError } from '../runbook-error';
import type { LaidToken, ReadSeed } from '../seed-phase/seed-phase';

/** The part of a request that says which tokens may be burned. */
export interface BurnConsentRequest {
  readonly fleet: string;
  /** The serial of a token that no record declares: AWS is not called. */
  readonly unrecorded: string | undefined;
}

/** The token on the reader, with the place of the seed that the secret would replace. */
export interface AimedToken {
  readonly laid: LaidToken;
  readonly token: Place;
}

/** Does step 3: checks that the token is free, or that somebody types its serial in full. */
export async function takeConsent(
  request: BurnConsentRequest,
  ports: Ports,
  { aim, read }: { readonly aim: AimedToken; readonly read: ReadSeed },
): Promise<void> {
  const { info } = aim.laid;
  if (request.unrecorded !== undefined) {
    return checkUnrecorded(info.serial, request.unrecorded);
  }
  const device = await deviceOnToken(request, ports, aim);
  if (device !== undefined) {
    return confirmOverwrite(ports, info.serial, device);
  }
  const whose = read.label === '' ? 'the secret' : `the secret of ${quote(read.label)}`;
  const message = `burn ${whose} onto ${info.serial}?`;
  if (!(await ports.terminal.confirm({ name: 'burn', message }, ports.signal))) {
    throw new RunbookError('cancelled', 'cancelled', {
      hints: ['run `{command}` to continue'],
      exitCode: 130,
    });
  }
}

function checkUnrecorded(serial: string, typed: string): void {
  if (serial !== typed) {
    throw new RunbookError(
      'token/wrong-serial',
      `the token on the reader is ${serial}, but --unrecorded names ${typed}`,
      { hints: ['swap the token, or correct the serial, and run `{command}`'] },
    );
  }
}

/** Looks for the device in IAM whose seed is on the token. @returns nothing if there is none */
async function deviceOnToken(
  { fleet }: BurnConsentRequest,
  { aws, terminal }: Ports,
  { token, laid }: AimedToken,
): Promise<VirtualDevice | undefined> {
  const { serial } = token;
  checkClock(await terminal.during('signing in', aws.identity()));
  const { record } = await terminal.during('reading the record', readRecord(aws, fleet));
  if (!isDeclared(record, serial)) {
    throw new RunbookError('record/not-declared', `the record of ${fleet} does not declare ${serial}`, {
      hints: [
        'declare it as a spare in tokens.yaml and run `cdk deploy`',
        `or, if it belongs to no fleet, pass \`--unrecorded ${serial}\`: then nothing checks what it is used for`,
      ],
    });
  }
  const devices = await terminal.during('looking for its device in IAM', aws.virtualDevices());
  // A key keeps several secrets, each under its name: this one takes the place of none.
  return laid.codeSource === 'key'
    ? undefined
    : devices.find((device) => {
        const place = seedPlaceOf(device);
        return place !== undefined && isSamePlace(place, token);
      });
}

async function confirmOverwrite(
  { terminal, signal }: Ports,
  serial: string,
  { arn, user, isRoot }: VirtualDevice,
): Promise<void> {
  const whom = isRoot ? 'root' : user;
  const loss =
    whom === undefined
      ? `an enrollment of ${serial} is not finished`
      : `${serial} signs ${whom} in, and then no longer can`;
  const message = `${loss} (${arn}): type the serial of the token in full to overwrite it`;
  const typed = await terminal.ask({ name: 'overwrite', message }, signal);
  if (typed.replace(/\s/g, '') !== serial) {
    throw new RunbookError(
      'iam/token-in-use',
      `${quote(typed)} is not ${serial}, which holds the seed of ${arn}`,
      {
        hints: ['use a token that is free, such as a spare; `mfa-runbook plan{options}` lists them'],
        exitCode: 3,
      },
    );
  }
}
