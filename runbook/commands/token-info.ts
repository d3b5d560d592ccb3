/** `mfa-runbook token info` */
import type { Command } from 'commander';
import { explain } from '../ceremony/explain';
import type { Ports } from '../ceremony/ports';
import { awaitToken, layRequest, layToLook } from '../operator/token-on-reader';
import type { TokenInfo } from '../token/driver';
import { withPorts } from './open-ports';
import { type CommonOptions, type Run, withCommonOptions, withExamples } from './options';

export function addTokenInfo(program: Command, run: Run): void {
  const command = program
    .command('token')
    .summary('look at the token on the reader')
    .command('info')
    .summary('show serial, model and clock of the token on the reader')
    .description(
      'Prints serial, model, clock and reader of the token on the reader. Needs no AWS account and writes nothing.',
    );
  withExamples(command, 'mfa-runbook token info', 'mfa-runbook token info --json');
  withCommonOptions(command).action(async (options: CommonOptions) => {
    await withPorts(run, options, async (ports) => {
      try {
        await show(options, ports);
      } catch (error) {
        throw explain(error, run.line).withState('the token was not written, AWS was not called');
      }
    });
  });
}

async function show({ reader }: CommonOptions, ports: Ports): Promise<void> {
  const { card, info, driver } = await awaitToken(ports, layRequest('the token'), layToLook(ports, reader));
  const { serial, model } = info;
  const clock = clockOf(info, ports.clock.now());
  ports.terminal.event('token', {
    serial,
    model,
    driver: driver.id,
    ...clock,
    clockWipesSeed: driver.clockWipesSeed,
    reader: card.reader,
  });
  ports.terminal.data(`serial  ${serial}`);
  ports.terminal.data(`model   ${model} (driver ${driver.id})`);
  if (clock !== undefined) {
    ports.terminal.data(`clock   ${clock.clock}, ${describeOffset(clock.clockOffsetSeconds)}`);
  }
  ports.terminal.data(`reader  ${card.reader}`);
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
