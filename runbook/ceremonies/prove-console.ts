/** Drill of a security key of a holder: it has no codes, so its proof is a console sign-in. */
import {
  type Ceremony,
  type CeremonyRequest,
  deviceName,
  hold,
  type Preamble,
  tellStep,
} from '../ceremony/ceremony';
import type { Ports } from '../ceremony/ports';
import { confirmRecord } from '../record/declared-token';
import { TOKEN_KINDS } from '../record/token-kinds';
import { ProofState, settleProof, takeProof, writeProof } from './console-proof';
import { checkListed, checkTarget } from './drill-checks';

/**
 * Proves that a holder's key still works.
 *
 * @returns the ARN of its device
 * @throws RunbookError with the state of IAM
 */
export async function proveConsole(
  request: CeremonyRequest,
  ports: Ports,
  preamble: Preamble,
): Promise<string> {
  const state = new ProofState('IAM');
  return hold(
    {
      kind: 'prove',
      request,
      state,
      perform: async (c) => perform(c, state),
    },
    ports,
    preamble,
  );
}

async function perform(c: Ceremony, state: ProofState): Promise<string> {
  const { effects, ports, token, request } = c;
  announce(c); // 1 was done before the journal was opened
  checkTarget(c, state);
  await settleProof(c, state); // what an earlier run left
  const { arn: deviceArn } = await checkListed(c, state); // 2
  if (request.witness === undefined && !effects.isDone('proof')) {
    ports.terminal.note(
      'this key shows no codes: its proof is a console sign-in with it that CloudTrail lists, or a second person who watches one (`--witness NAME`)',
    );
  }
  const { consoleSignIns } = ports.aws;
  await takeProof(c, state, { deviceArn, user: request.holder, noun: 'key', consoleSignIns }); // 6
  const generation = await confirmRecord(ports.aws, c.deployed, deviceName(c, token)); // 8
  tellStep(ports, 'confirmed', 'the record still declares the token');
  await effects.once('evidence', () =>
    writeProof(c, { deviceArn, generation, seen: ['listed', 'name:typed'] }),
  ); // 9
  return deviceArn;
}

function announce({ ports, request, token, deployed }: Ceremony): void {
  const { generation } = deployed.manifest;
  ports.terminal.heading(`prove ${request.holder} ${request.slot}`);
  const text = `record ${generation.slice(0, 12)} declares ${TOKEN_KINDS[token.type].noun} for this slot`;
  tellStep(ports, 'record', text, { generation });
}
