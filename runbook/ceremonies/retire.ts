/** Retirement: deactivates and deletes one of our devices, and leaves evidence of it. */
import { isSamePlace } from '../../lib/record/place';
import { slotToken, type TokenType } from '../../lib/record/record';
import {
  type Ceremony,
  type CeremonyRequest,
  type CeremonyState,
  hold,
  type Preamble,
  tellStep,
} from '../ceremony/ceremony';
import { byItsWord } from '../ceremony/effects';
import { evidenceFacts, writeEvidence } from '../ceremony/evidence-step';
import type { Ports } from '../ceremony/ports';
import {
  confirmUnlisted,
  keepOldDevice,
  keptOldDevice,
  OldDevice,
  removalFates,
  removeOldDevice,
} from '../device/old-device';
import type { RetirableDevice } from '../device/survey';
import { eraseFromKey } from '../operator/erase';
import { isDeployed, readAgain } from '../record/declared-token';
import { TOKEN_KINDS } from '../record/token-kinds';

/** The device of a token that the record no longer declares: a virtual one, whatever its token is. */
const UNDECLARED_TYPE: TokenType = 'programmable';

/** A device that was deleted. */
export interface Retirement {
  readonly slot: string;
  readonly serial: string;
  readonly deviceArn: string;
}

class RetireState implements CeremonyState {
  public old: OldDevice | undefined;

  public isOpen(): boolean {
    return this.old?.isTouched === true;
  }

  public describe(): string {
    return this.old?.describe() ?? 'nothing was changed in IAM';
  }
}

/**
 * Retires one device.
 *
 * @param target the device that was agreed on; without it the one of an interrupted retirement, which asks nothing
 * @returns nothing if the interrupted retirement had not chosen a device
 */
export async function retire(
  request: CeremonyRequest,
  ports: Ports,
  { target, preamble }: { readonly target?: RetirableDevice | undefined; readonly preamble?: Preamble } = {},
): Promise<Retirement | undefined> {
  const { holder, slot } = request;
  const state = new RetireState();
  return hold(
    {
      kind: 'retire',
      request,
      state,
      // A token that the record no longer declares can be retired, too.
      declared: ({ deployed }) =>
        slotToken(deployed.record, holder, slot) ?? {
          slot,
          serial: target?.serial ?? '',
          type: UNDECLARED_TYPE,
        },
      perform: async (c) => perform(c, state, target),
    },
    ports,
    preamble,
  );
}

async function perform(
  c: Ceremony,
  state: RetireState,
  target: RetirableDevice | undefined,
): Promise<Retirement | undefined> {
  const { effects, ports, request } = c;
  state.old = keptOldDevice(effects.journal);
  await effects.settle({ ...removalFates(c, state.old), evidence: byItsWord }); // what an earlier run left
  if (state.old === undefined && target !== undefined) {
    ports.signal.throwIfAborted();
    state.old = new OldDevice(request.holder, target);
    effects.retarget(state.old.place);
  }
  const { old } = state;
  if (old === undefined) {
    return undefined;
  }
  await keepOldDevice(c, old);
  await removeOldDevice(c, old);
  await confirmUnlisted(c, old); // 8
  tellStep(ports, 'confirmed', `IAM no longer lists ${old.serial} for ${request.holder}`, {
    deviceArn: old.arn,
  });
  if (TOKEN_KINDS[c.token.type].codeSource === 'key' && isSamePlace(c.token, old.place)) {
    await eraseFromKey(c);
  }
  const current = await readAgain(ports.aws, c.deployed);
  const declared = slotToken(current.record, request.holder, request.slot);
  const isDeclared = declared !== undefined && isSamePlace(declared, old.place);
  await effects.once('evidence', () => evidence(c, old, current.manifest.generation, isDeclared)); // 9
  if (isDeclared) {
    remindOfRecord(c, old.serial);
  }
  return { slot: request.slot, serial: old.serial, deviceArn: old.arn };
}

async function evidence(
  c: Ceremony,
  old: OldDevice,
  generation: string,
  isDeclared: boolean,
): Promise<undefined> {
  const checks = [
    ...(isDeclared ? ['record'] : []),
    ...(isDeployed(c.deployed) ? [] : ['record:none']),
    ...(old.isAssigned ? ['deactivated'] : []),
    ...(old.isVirtual ? ['deleted'] : []),
    'not-listed',
  ];
  const about = { place: old.place, deviceArn: old.arn, generation, checks };
  const written = await writeEvidence(c.ports, evidenceFacts(c, {}, about));
  c.ports.terminal.event('retired', { ...written });
}

/** `plan` asks to enroll a token that the record still declares. */
function remindOfRecord(
  { ports: { terminal, line }, request: { holder, slot } }: Ceremony,
  serial: string,
): void {
  terminal.note(
    `tokens.yaml still declares ${serial} for ${slot} of ${holder}: remove it and run \`cdk deploy\`, or \`${line.other('plan')}\` will ask to enroll it`,
  );
  terminal.event('still-declared', { holder, slot, serial });
}
