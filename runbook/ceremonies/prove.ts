/** A drill: the token from the safe is what the record says, and AWS takes its codes. Corrects drift on the way. */

import { type CeremonyRequest, tellStep } from '../ceremony/ceremony';
import type { Ports } from '../ceremony/ports';
import { awaitToken, CARD_WAIT_SECONDS, checkSerial, layToLook } from '../operator/token-on-reader';
import { tokenLabel } from '../operator/typed-code';
import { RunbookError } from '../runbook-error';
import type { TokenInfo } from '../token/driver';
import { type Drilled, type DrillKind, type DrillStep, holdDrill, isAhead, secondPerson } from './drill';

/**
 * Proves that a holder's token still works, without the holder's credentials.
 *
 * @throws RunbookError with the state of IAM and of the token
 */
export async function prove(request: CeremonyRequest, ports: Ports, signal: AbortSignal): Promise<Drilled> {
  return holdDrill(PROVE, request, ports, signal);
}

/** AWS looks for a pair of codes nearly a thousand steps of thirty seconds to either side: 8.3 hours. */
const FINDABLE_SECONDS = 8 * 3600;

/** A token this near shows the code we expect: seconds. */
const IN_STEP_SECONDS = 2;

/** The token lies on the reader and is the one the record declares. Writes nothing. */
const identify: DrillStep = {
  name: 'token',
  isNeeded: isAhead,
  run: async (context) => {
    const { ports, request, signal, token } = context.ceremony;
    const { info } = await awaitToken(
      ports,
      layToLook(ports, request.reader),
      `switch ${token.serial} on and lay it on the reader (waiting for ${CARD_WAIT_SECONDS} s)`,
      signal,
    );
    checkSerial(info, token, request.command);
    const offsetSeconds = clockOffset(info, ports);
    const clockOffsetSeconds = Math.round(offsetSeconds);
    const { serial, model } = info;
    tellStep(ports, 'token', `the token on the reader is ${serial}, model ${model}`, { serial, model });
    ports.terminal.say(clockText(clockOffsetSeconds));
    ports.terminal.event('token-clock', { serial, clockOffsetSeconds });
    const { holder, slot } = request;
    if (Math.abs(clockOffsetSeconds) > FINDABLE_SECONDS) {
      throw tooFarOff(serial, clockOffsetSeconds, holder, slot);
    }
    ports.terminal.note('take the token off the reader, switch it off and on, and read its code');
    context.read = { model, offsetSeconds };
    return undefined;
  },
};

/** The token's clock minus ours, seconds; the token tells whole ones, so half a second is the best guess of the rest. */
function clockOffset(info: TokenInfo, ports: Ports): number {
  return info.clock + 0.5 - ports.clock.now() / 1000;
}

function clockText(offsetSeconds: number): string {
  if (Math.abs(offsetSeconds) <= IN_STEP_SECONDS) {
    return 'its clock is right';
  }
  const direction = offsetSeconds > 0 ? 'ahead' : 'behind';
  return `its clock is ${Math.abs(offsetSeconds)} s ${direction}; AWS learns that from the codes`;
}

function tooFarOff(serial: string, offsetSeconds: number, holder: string, slot: string): RunbookError {
  return new RunbookError(
    'token/clock-off',
    `the clock of ${serial} is ${Math.abs(offsetSeconds)} s ${offsetSeconds > 0 ? 'ahead' : 'behind'}, and AWS finds no code more than eight hours off`,
    {
      hints: [
        `the token does not keep time: run \`mfa-runbook replace ${holder} --slot ${slot} --reason broken{options}\``,
      ],
      exitCode: 3,
    },
  );
}

const PROVE: DrillKind = {
  kind: 'prove',
  heading: ({ request, token }) =>
    request.witness === undefined
      ? `prove ${tokenLabel(request.holder, token)}`
      : `prove ${request.holder} ${request.slot}`,
  // The witness first: from then on the screen says which serial is expected.
  identify: [secondPerson, identify],
  checks: ['record', 'clock', 'listed', 'serial', 'codes:by-aws'],
  finished: 'proven',
};
