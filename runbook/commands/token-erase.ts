/** `mfa-runbook token erase SERIAL` */
import type { Command } from 'commander';
import { PROFILE_RANGE, SERIAL_RULE } from '../../lib/record/rules';
import { listOf } from '../../lib/record/text';
import { explain } from '../ceremony/explain';
import type { Ports } from '../ceremony/ports';
import { unlessLocked } from '../operator/locked-token';
import { awaitToken, layRequest, layToLook } from '../operator/token-on-reader';
import { takeSerial } from '../operator/typed-serial';
import { unlockToken } from '../operator/unlock';
import { findOwner } from '../review/token-owner';
import { RunbookError } from '../runbook-error';
import { type BurnTarget, type TokenDriver, TokenLockedError } from '../token/driver';
import { nothingChanged, withPorts } from './open-ports';
import {
  type CommonOptions,
  parserOf,
  type Run,
  recordOption,
  usageError,
  withCommonOptions,
  withExamples,
} from './options';

interface EraseOptions extends CommonOptions {
  readonly tokenProfile?: number;
  readonly credential?: string;
  readonly unrecorded?: string;
}

type Place = { readonly profile: number } | { readonly label: string };

const parseSerial = parserOf(SERIAL_RULE);

export function addTokenErase(token: Command, run: Run): void {
  const command = token
    .command('erase')
    .summary('erase one profile or credential of the token on the reader')
    .description(
      'Erases one profile or credential of a token that can do that, and nothing else on it. For a token that is declared or enrolled, its serial must be typed in full. Changes nothing in AWS.',
    )
    .argument('<serial>', 'serial of the token on the reader', parseSerial)
    .option('--token-profile <number>', 'profile to erase', parseProfile)
    .option('--credential <label>', 'credential to erase, by its whole label')
    .option('--unrecorded <serial>', 'the serial again: erase it without asking AWS whose it is', parseSerial)
    .addOption(recordOption());
  withExamples(
    command,
    'mfa-runbook token erase 12345678 --credential "AWS 123456789012:alice.primary"',
    'mfa-runbook token erase 8266587000001 --token-profile 7',
  );
  withCommonOptions(command).action(async (serial: string, options: EraseOptions) => {
    const place = placeOf(serial, options);
    await withPorts(run, options, (ports) =>
      nothingChanged(run.line, erase(serial, place, { options, ports })),
    );
  });
}

function parseProfile(given: string): number {
  const { min, max } = PROFILE_RANGE;
  const profile = /^\d{1,2}$/.test(given) ? Number(given) : Number.NaN;
  if (profile >= min && profile <= max) {
    return profile;
  }
  throw usageError(`there is no profile "${given}"`, `use a number from ${min} to ${max}`);
}

function placeOf(serial: string, { tokenProfile, credential, unrecorded }: EraseOptions): Place {
  if (unrecorded !== undefined && unrecorded !== serial) {
    throw usageError(`--unrecorded ${unrecorded} is not ${serial}`, 'type the serial of the token twice');
  }
  if (tokenProfile !== undefined && credential === undefined) {
    return { profile: tokenProfile };
  }
  if (credential !== undefined && tokenProfile === undefined) {
    return { label: credential };
  }
  throw usageError('one place is erased at a time', 'pass either --token-profile or --credential');
}

async function erase(
  serial: string,
  place: Place,
  { options, ports }: { readonly options: EraseOptions; readonly ports: Ports },
): Promise<void> {
  const { terminal, signal } = ports;
  // The place tells which kind of token is meant.
  const request = layRequest(serial, 'profile' in place ? 'molto2' : 'oath');
  const { driver, info } = await awaitToken(ports, request, layToLook(ports, options.reader));
  if (info.serial !== serial) {
    throw new RunbookError('token/wrong-serial', `the token on the reader is ${info.serial}, not ${serial}`, {
      hints: ['swap the token and run `{command}`'],
    });
  }
  function enterSecret(lock: TokenDriver['lock']): Promise<void> {
    return unlockToken(ports, { serial, lock }, async (secret) =>
      driver.unlock?.(new TextEncoder().encode(secret)),
    );
  }
  const target = await unlessLocked(ports, { serial, inPrompts: serial }, async () => {
    await enterSecret(driver.lock);
    const found = await findTarget(driver, serial, place);
    await consent(serial, found, { options, ports });
    signal.throwIfAborted();
    await eraseTarget(found, ports, enterSecret);
    return found;
  });
  terminal.event('erased', { serial, ...target.place });
  terminal.say(`erased ${target.name} of ${serial}`);
}

/** Erases it, also where the token says only now that it needs a secret. */
async function eraseTarget(
  target: Target,
  { terminal, line }: Ports,
  enterSecret: (lock: TokenDriver['lock']) => Promise<void>,
): Promise<void> {
  async function attempt(): Promise<TokenLockedError | undefined> {
    try {
      await terminal.during('erasing: leave the token on the reader', target.erase());
      return undefined;
    } catch (error) {
      if (error instanceof TokenLockedError) {
        return error;
      }
      throw explain(error, line).withState(
        `${target.name} may be erased or not: \`mfa-runbook token info\` shows it; AWS was not changed`,
      );
    }
  }
  let locked = await attempt();
  if (locked?.problem === 'needed') {
    await enterSecret(locked.lock);
    locked = await attempt();
  }
  if (locked !== undefined) {
    throw locked;
  }
}

interface Target {
  readonly place: BurnTarget;
  readonly name: string;
  erase(): Promise<void>;
}

async function findTarget(driver: TokenDriver, serial: string, wanted: Place): Promise<Target> {
  if (driver.erase === undefined || driver.contents === undefined) {
    throw new RunbookError(
      'token/not-erasable',
      `a ${driver.id} token has nothing that is erased on its own`,
      {
        hints: ['to make its seed useless, burn another one: `mfa-runbook enroll` or `mfa-runbook replace`'],
      },
    );
  }
  const contents = await driver.contents();
  const place = contents.find((each) =>
    'profile' in wanted ? each.profile === wanted.profile : each.label === wanted.label,
  );
  if (place === undefined) {
    const labels = contents.map(({ profile, label }) =>
      profile === undefined ? label : `${profile}: ${label}`,
    );
    throw new RunbookError('token/nothing-there', `${serial} holds nothing there`, {
      hints: [`it holds: ${listOf(labels) || 'nothing'}`],
    });
  }
  const name = place.profile === undefined ? place.label : `profile ${place.profile} (${place.label})`;
  return { place, name, erase: async () => driver.erase?.(place) };
}

/** Asks before anything is lost: by the whole serial if somebody uses the token. */
async function consent(
  serial: string,
  { name }: Target,
  { options, ports }: { readonly options: EraseOptions; readonly ports: Ports },
): Promise<void> {
  const { aws, line, terminal, signal } = ports;
  if (options.unrecorded !== undefined) {
    return;
  }
  const { declared, devices } = await findOwner(aws, options.fleet, serial).catch((error: unknown) => {
    const failure = explain(error, line);
    const hint = `to erase it without asking AWS, add \`--unrecorded ${serial}\``;
    throw failure.withHints([...failure.hints, hint]);
  });
  const users = [...declared.map(({ place }) => place), ...devices.map(({ arn }) => arn)];
  if (users.length > 0) {
    await takeSerial(
      terminal,
      {
        name: 'erase-serial',
        message: `${serial} is ${listOf(users)}: type its serial to erase ${name}`,
        expected: serial,
        onRefused: (_typed, triesLeft) => terminal.event('serial-refused', { triesLeft }),
        failure: (wrong) =>
          new RunbookError('token/wrong-serial', wrong, {
            hints: ['nothing was erased: run `{command}` again'],
          }),
      },
      signal,
    );
    return;
  }
  if (!(await terminal.confirm({ name: 'erase', message: `erase ${name} of ${serial}?` }, signal))) {
    throw new RunbookError('cancelled', 'nothing was erased', {
      hints: ['run `{command}` again'],
      exitCode: 130,
    });
  }
}
