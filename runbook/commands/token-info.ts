/** `mfa-runbook token info` */
import type { Command } from 'commander';
import { explain, messageOf } from '../ceremony/explain';
import type { Ports } from '../ceremony/ports';
import { refusedItsKey } from '../operator/locked-token';
import { awaitToken, layRequest, layToLook } from '../operator/token-on-reader';
import { findOwner } from '../review/token-owner';
import type { Terminal } from '../terminal/terminal';
import { type TokenDriver, type TokenInfo, TokenLockedError } from '../token/driver';
import { withPorts } from './open-ports';
import { type CommonOptions, type Run, recordOption, withCommonOptions, withExamples } from './options';

export function addTokenInfo(token: Command, run: Run): void {
  const command = token
    .command('info')
    .summary('show serial, model and clock of the token on the reader')
    .description(
      'Prints serial, model, clock and reader of the token on the reader. Needs no AWS account and writes nothing. With --fleet, and where AWS can be reached, also says whose token it is, according to the record and to IAM.',
    )
    .addOption(recordOption());
  withExamples(
    command,
    'mfa-runbook token info',
    'mfa-runbook token info --json',
    'mfa-runbook token info --fleet break-glass --profile mfa-operator',
  );
  withCommonOptions(command, '--yes').action(async (options: CommonOptions) => {
    const isFleetGiven = command.getOptionValueSource('fleet') === 'cli';
    await withPorts(run, options, async (ports) => {
      try {
        const serial = await show(options, ports);
        if (isFleetGiven) {
          await showOwner(options.fleet, serial, ports);
        }
      } catch (error) {
        const calls = isFleetGiven ? 'nothing was changed in AWS' : 'AWS was not called';
        throw explain(error, run.line).withState(`the token was not written, ${calls}`);
      }
    });
  });
}

/** Says whose token it is; without AWS, why nobody can tell. */
async function showOwner(fleet: string, serial: string, { aws, terminal, signal }: Ports): Promise<void> {
  try {
    const looking = findOwner(aws, fleet, serial);
    const { declared, devices } = await terminal.during('asking AWS whose token it is', looking);
    terminal.event('owner', { fleet, declared, devices });
    const places = declared.map(({ place, profile, custody }) =>
      [
        place,
        profile === undefined ? '' : `, profile ${profile}`,
        custody === undefined ? '' : ` (${custody})`,
      ].join(''),
    );
    tell(terminal, 'record', `${places.join('; ') || `not declared in ${fleet}`}`);
    for (const { arn, user } of devices) {
      tell(
        terminal,
        'device',
        `${arn}, ${user === undefined ? 'assigned to nobody' : `enabled for ${user}`}`,
      );
    }
    if (devices.length === 0) {
      tell(terminal, 'device', 'no virtual device in this account');
    }
  } catch (error) {
    signal.throwIfAborted();
    const problem = messageOf(error);
    terminal.event('owner', { fleet, problem });
    tell(terminal, 'owner', `unknown: ${problem}`);
  }
}

/** Prints a line with a label. */
function tell(terminal: Terminal, label: string, text: string): void {
  terminal.table([{ cells: [label.padEnd(6), text] }]);
}

/** @returns the serial */
async function show({ reader }: CommonOptions, ports: Ports): Promise<string> {
  const { card, info, driver } = await awaitToken(ports, layRequest('the token'), layToLook(ports, reader));
  const { serial, model } = info;
  const clock = clockOf(info, ports.clock.now());
  const contents = await readContents(driver);
  const lockedSince = await ports.lockedTokens.since(serial);
  ports.terminal.event('token', {
    serial,
    model,
    driver: driver.id,
    ...clock,
    clockWipesSeed: driver.clockWipesSeed,
    reader: card.reader,
    ...(driver.lock === undefined ? {} : { lock: driver.lock }),
    ...(lockedSince === undefined ? {} : { lockedSince }),
    ...(contents === undefined ? {} : { contents }),
  });
  tell(ports.terminal, 'serial', `${serial}`);
  tell(ports.terminal, 'model', `${model} (driver ${driver.id})`);
  if (clock !== undefined) {
    tell(ports.terminal, 'clock', `${clock.clock}, ${describeOffset(clock.clockOffsetSeconds)}`);
  }
  tell(ports.terminal, 'reader', `${card.reader}`);
  if (driver.lock !== undefined) {
    tell(
      ports.terminal,
      'lock',
      `does nothing without its ${driver.lock === 'password' ? 'password' : 'customer key'}`,
    );
  }
  if (lockedSince !== undefined) {
    tell(ports.terminal, 'locked', refusedItsKey(lockedSince));
  }
  for (const { profile, label } of contents ?? []) {
    tell(ports.terminal, 'holds', `${profile === undefined ? '' : `profile ${profile}: `}${label}`);
  }
  if (contents?.length === 0) {
    tell(ports.terminal, 'holds', 'nothing');
  }
  return serial;
}

/** Reads what a token holds. @returns nothing if it cannot tell, or not without its secret */
async function readContents(
  driver: TokenDriver,
): Promise<Awaited<ReturnType<NonNullable<TokenDriver['contents']>>> | undefined> {
  try {
    return await driver.contents?.();
  } catch (error) {
    if (error instanceof TokenLockedError) {
      return undefined;
    }
    throw error;
  }
}

function clockOf(
  { clock }: TokenInfo,
  nowMs: number,
): { readonly clock: string; readonly clockOffsetSeconds: number } | undefined {
  return clock === undefined
    ? undefined
    : {
        clock: new Date(clock * 1000).toISOString(),
        clockOffsetSeconds: clock - Math.floor(nowMs / 1000),
      };
}

function describeOffset(seconds: number): string {
  if (seconds === 0) {
    return 'the same as this machine';
  }
  return `${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} this machine`;
}
