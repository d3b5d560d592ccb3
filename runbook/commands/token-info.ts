/** `mfa-runbook token info` */
import type { Command } from 'commander';
import { explain } from '../ceremony/explain';
import { awaitToken, CARD_WAIT_SECONDS, layToLook } from '../operator/token-on-reader';
import type { Host } from './host';
import { type CommonOptions, formatOptions, withCommonOptions } from './options';
import { sessionPorts } from './session-ports';

/** Adds the command. */
export function addTokenInfo(program: Command, host: Host): void {
  const token = program.command('token').summary('look at the token on the reader');
  const command = token
    .command('info')
    .summary('show serial, model and clock of the token on the reader')
    .description(
      'Reads serial, model and clock of the token on the reader. Needs no AWS account and writes nothing.',
    )
    .addHelpText('after', '\nExamples:\n  $ mfa-runbook token info\n  $ mfa-runbook token info --json');
  withCommonOptions(command).action(async (options: CommonOptions) => {
    const ports = sessionPorts(host, options);
    try {
      const message = `switch the token on and lay it on the reader (waiting for ${CARD_WAIT_SECONDS} s)`;
      const { card, info, driver } = await awaitToken(
        ports,
        layToLook(ports, options.reader),
        message,
        host.signal,
      );
      const clockOffsetSeconds = info.clock - Math.floor(ports.clock.now() / 1000);
      ports.terminal.event('token', {
        serial: info.serial,
        model: info.model,
        driver: driver.id,
        clock: new Date(info.clock * 1000).toISOString(),
        clockOffsetSeconds,
        clockWipesSeed: driver.clockWipesSeed,
        reader: card.reader,
      });
      ports.terminal.data(
        [
          `serial  ${info.serial}`,
          `model   ${info.model} (driver ${driver.id})`,
          `clock   ${new Date(info.clock * 1000).toISOString()}, ${describeOffset(clockOffsetSeconds)}`,
          `reader  ${card.reader}`,
        ].join('\n'),
      );
    } catch (error) {
      const situation = { command: `mfa-runbook token info${formatOptions(options)}` };
      throw explain(error, situation).withState('the token was not written, AWS was not called');
    } finally {
      await ports.close();
    }
  });
}

/** How far a clock is from this machine's, in words. */
function describeOffset(seconds: number): string {
  if (seconds === 0) {
    return 'the same as this machine';
  }
  return `${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} this machine`;
}
