/** `mfa-runbook token info` */
import type { Command } from 'commander';
import { explain, messageOf } from '../ceremony/explain';
import type { Ports } from '../ceremony/ports';
import { awaitToken, layRequest, layToLook } from '../operator/token-on-reader';
import { findOwner } from '../review/token-owner';
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
  withCommonOptions(command).action(async (options: CommonOptions) => {
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
    terminal.data(`record  ${places.join('; ') || `not declared in ${fleet}`}`);
    for (const { arn, user } of devices) {
      terminal.data(`device  ${arn}, ${user === undefined ? 'assigned to nobody' : `enabled for ${user}`}`);
    }
    if (devices.length === 0) {
      terminal.data('device  no virtual device in this account');
    }
  } catch (error) {
    signal.throwIfAborted();
    const problem = messageOf(error);
    terminal.event('owner', { fleet, problem });
    terminal.data(`owner   unknown: ${problem}`);
  }
}

/** @returns the serial */
async function show({ reader }: CommonOptions, ports: Ports): Promise<string> {
  const { card, info, driver } = await awaitToken(ports, layRequest('the token'), layToLook(ports, reader));
  const clock = new Date(info.clock * 1000).toISOString();
  const clockOffsetSeconds = info.clock - Math.floor(ports.clock.now() / 1000);
  ports.terminal.event('token', {
    serial: info.serial,
    model: info.model,
    driver: driver.id,
    clock,
    clockOffsetSeconds,
    clockWipesSeed: driver.clockWipesSeed,
    reader: card.reader,
  });
  ports.terminal.data(`serial  ${info.serial}`);
  ports.terminal.data(`model   ${info.model} (driver ${driver.id})`);
  ports.terminal.data(`clock   ${clock}, ${describeOffset(clockOffsetSeconds)}`);
  ports.terminal.data(`reader  ${card.reader}`);
  return info.serial;
}

function describeOffset(seconds: number): string {
  if (seconds === 0) {
    return 'the same as this machine';
  }
  return `${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} this machine`;
}
