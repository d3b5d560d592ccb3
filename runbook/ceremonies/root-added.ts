/** Steps 7 to 9 of a root user's enrollment: the console has the device, and evidence says who saw that. */
import { isSamePlace, placeOf } from '../../lib/record/place';
import type { VirtualDevice } from '../aws/aws';
import { type Ceremony, tellStep } from '../ceremony/ceremony';
import { evidenceFacts, hasEvidence, readEvidence, writeEvidence } from '../ceremony/evidence-step';
import { type Facts, facts } from '../ceremony/journal';
import {
  deviceNameOf,
  findRootDevice,
  isWithoutSuffix,
  isWithSuffix,
  type RootView,
  rootDeviceArn,
  shownArn,
} from '../device/root-view';
import { awaitRootDevice } from '../device/root-wait';
import { placeOfEvidence } from '../evidence/evidence';
import { confirmInPerson } from '../operator/confirm-in-person';
import { confirmRecord } from '../record/declared-token';
import { RunbookError } from '../runbook-error';
import type { RootState } from './root-state';
import { type RootRequest, tellPause } from './root-subject';

/**
 * Does step 7: waits until AWS lists the device, or takes a person's word.
 *
 * @returns whether the console has it; `false` only if nobody was to wait
 * @throws RunbookError `iam/not-confirmed`, `cancelled`
 */
export async function settleAdded(
  c: Ceremony<RootRequest>,
  state: RootState,
  view: RootView | undefined,
): Promise<boolean> {
  const { effects, request } = c;
  if (!effects.isDone('added') && request.isLater === true) {
    const isThere = view !== undefined && (await findRootDevice(c, view, state.arn)) !== undefined;
    if (!isThere) {
      state.isPaused = true;
      tellPause(c, state.arn, 'lists');
      return false;
    }
  }
  await effects.once('added', () => awaitAdded(c, state, view));
  state.device = 'added';
  return true;
}

async function awaitAdded(
  c: Ceremony<RootRequest>,
  state: RootState,
  view: RootView | undefined,
): Promise<Facts> {
  const { ports, request } = c;
  if (view === undefined) {
    const seen = await giveWord(c, state.arn);
    if (seen === undefined) {
      const shown = shownArn(state.arn);
      throw new RunbookError('iam/not-confirmed', `nobody confirmed that the console lists ${shown}`, {
        hints: [
          'finish the page in the console, then run `{command}` again: it asks for that only',
          'if that page is gone: `mfa-runbook resume --abandon{options}`, then begin again',
        ],
        exitCode: 3,
      });
    }
    state.arn = seen;
    return { arn: seen, by: 'by-word' };
  }
  state.arn = await awaitRootDevice(c, view, { arn: state.arn, until: 'listed' });
  tellStep(ports, 'listed', `AWS lists ${state.arn} for ${request.holder}`, { deviceArn: state.arn });
  return { arn: state.arn, by: view.by };
}

/**
 * Asks a person whether the console lists the device; `--yes` does not answer that.
 *
 * @returns its ARN, or serial; nothing if the console does not list it
 */
export async function giveWord(c: Ceremony, arn: string): Promise<string | undefined> {
  if (isWithoutSuffix(arn)) {
    return typedKeyArn(c, arn);
  }
  const { ports, request } = c;
  const message = `does the console, signed in as ${request.holder}, list ${arn} among its MFA devices?`;
  return (await confirmInPerson(ports.terminal, { name: 'added', message }, ports.signal)) ? arn : undefined;
}

/** Asks for the whole ARN of a security key, whose end AWS chooses: evidence has to name it. */
async function typedKeyArn({ ports, request }: Ceremony, begin: string): Promise<string | undefined> {
  function isNo(answer: string): boolean {
    return /^(n|no)$/i.test(answer.trim());
  }
  function read(answer: string): string | undefined {
    const arn = answer.trim();
    return isWithSuffix(arn, begin) ? arn : undefined;
  }
  const answer = await ports.terminal.ask(
    {
      name: 'key-arn',
      message: `the identifier that the console, signed in as ${request.holder}, lists for the key (${shownArn(begin)}), or no if it lists none`,
      check: (text) =>
        isNo(text) || read(text) !== undefined
          ? undefined
          : `"${text.trim()}" is not ${begin}- and 26 capital letters and digits: copy it from the column Identifier`,
    },
    ports.signal,
  );
  return read(answer);
}

/**
 * Finds the device of a token that no listing shows: as its evidence names it, else at a person's word.
 *
 * @throws RunbookError `iam/not-enrolled`
 */
export async function deviceByWord(c: Ceremony): Promise<string> {
  const { ports, request, token } = c;
  const evidence = await readEvidence(ports.aws, request);
  if (
    evidence !== undefined &&
    evidence.ceremony !== 'retire' &&
    isSamePlace(placeOfEvidence(evidence), token)
  ) {
    return evidence.deviceArn;
  }
  const seen = await giveWord(c, rootDeviceArn(c));
  if (seen === undefined) {
    throw notEnrolled(c);
  }
  return seen;
}

/** Returns the failure of a slot that has no device. */
export function notEnrolled({ request, token }: Ceremony): RunbookError {
  const { holder, slot } = request;
  return new RunbookError('iam/not-enrolled', `${token.serial} is not enrolled as ${slot} of ${holder}`, {
    hints: [
      'see what the record asks for with `mfa-runbook plan{options}`',
      `or enroll it: \`mfa-runbook enroll ${holder} --slot ${slot}{options}\``,
    ],
    exitCode: 3,
  });
}

/** Names the check of the listing, from this run or an earlier one. */
export function listedCheck({ effects }: Ceremony): string {
  return `listed:${effects.facts('added').by ?? 'by-word'}`;
}

/** This very token is enrolled already; only its evidence may be missing. */
export async function takeAsEnrolled(
  c: Ceremony,
  state: RootState,
  { listed, view }: { readonly listed: VirtualDevice; readonly view: RootView },
): Promise<string> {
  const { ports, request, token, effects, deployed } = c;
  const { arn, enabledAt } = listed;
  state.device = 'added';
  state.arn = arn;
  ports.terminal.say(`${token.serial} is enrolled already: ${arn}`);
  ports.terminal.event('already-enrolled', { deviceArn: arn, serial: token.serial });
  if (!(await hasEvidence(ports, request, { arn, enabledAt }))) {
    const { generation } = deployed.manifest;
    const checks = ['record', `listed:${view.by}`];
    await effects.once('evidence', () => evidenceOfRoot(c, state, { checks, generation }));
  }
  return arn;
}

/** Does step 8. @returns the generation of the record that still declares the token */
export async function confirmAdded(c: Ceremony, state: RootState): Promise<string> {
  const generation = await confirmRootRecord(c);
  const text = 'the record still declares the token';
  tellStep(c.ports, 'confirmed', text, { deviceArn: state.arn, name: deviceNameOf(c) });
  return generation;
}

/** Checks that the record still declares the token. @returns its generation */
export async function confirmRootRecord(c: Ceremony): Promise<string> {
  const { ports, deployed, request, token, identity } = c;
  const { holder, slot } = request;
  const name = { holder, slot, ...placeOf(token), ownAccount: identity.account };
  return confirmRecord(ports.aws, deployed, name);
}

/** Does step 9. */
export async function evidenceOfRoot(
  c: Ceremony,
  { arn }: RootState,
  { checks, generation }: { readonly checks: readonly string[]; readonly generation: string },
): Promise<undefined> {
  const { effects, token, ports } = c;
  const { model, clockOffsetSeconds, witness = effects.facts('asked').witness } = effects.facts('burn');
  const written = await writeEvidence(
    ports,
    evidenceFacts(c, facts({ model, clockOffsetSeconds, witness }), {
      place: token,
      deviceArn: arn,
      generation,
      checks,
    }),
  );
  ports.terminal.event('enrolled', { ...written });
}
