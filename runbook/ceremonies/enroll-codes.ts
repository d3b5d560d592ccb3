/** Takes the two codes that enable a device: judged against the seed while this run has it, by AWS alone afterwards. */
import { type Ceremony, type CeremonyRequest, tellStep } from '../ceremony/ceremony';
import { burnTarget } from '../operator/burn';
import { FreshCodes } from '../operator/fresh-codes';
import { KeyCodes, proveKeyCodes } from '../operator/key-codes';
import { proveCodes, type TypedCodes } from '../operator/prove-codes';
import type { LaidToken, SeedPhase } from '../seed-phase/seed-phase';
import type { CodePair } from '../token/codes';

interface CodesRequest extends CeremonyRequest {
  readonly codes: TypedCodes;
}

/** Two codes for AWS, and how the evidence names their check. */
export interface Proof {
  readonly pair: CodePair;
  readonly codes: string;
}

/** Takes two codes while this run has the seed. */
export async function takeProof(
  c: Ceremony<CodesRequest>,
  phase: SeedPhase,
  laid: LaidToken,
): Promise<Proof> {
  return laid.codeSource === 'key'
    ? { pair: await proveKey(c, phase), codes: 'by-key' }
    : { pair: await provePair(c, phase), codes: String(c.request.codes) };
}

/** Takes two codes after the seed was lost. */
export async function takeProofAgain(
  c: Ceremony,
  phase: SeedPhase,
  { laid, tokenOffsetSeconds }: { readonly laid: LaidToken; readonly tokenOffsetSeconds: number | undefined },
): Promise<Proof> {
  const pair = await (laid.codeSource === 'key'
    ? takeKeyPair(c, phase)
    : takeFreshPair(c, tokenOffsetSeconds));
  return { pair, codes: 'by-aws' };
}

/** Takes two codes that this machine judges against the seed. */
async function provePair(c: Ceremony<CodesRequest>, phase: SeedPhase): Promise<CodePair> {
  const { ports, request, token } = c;
  const pair = await proveCodes(ports, phase, { holder: request.holder, token, typed: request.codes });
  tellStep(ports, 'codes', 'the token shows the right codes');
  return pair;
}

/** Has the key compute two codes, and compares them with those of the seed. */
async function proveKey(c: Ceremony, phase: SeedPhase): Promise<CodePair> {
  const { ports, token } = c;
  const pair = await proveKeyCodes(ports, phase, { serial: token.serial, target: burnTarget(c) });
  tellStep(ports, 'codes', 'the key computes the right codes');
  return pair;
}

/** Has the key compute two codes that AWS alone can judge. */
async function takeKeyPair(c: Ceremony, phase: SeedPhase): Promise<CodePair> {
  c.ports.terminal.note('the seed was lost with the run that burned it, so AWS checks the codes of the key');
  const target = burnTarget(c);
  return new KeyCodes(c.ports, (...given) => phase.code(target, ...given), c.token).takePair();
}

/** Takes two codes that AWS alone can judge. */
async function takeFreshPair(
  { ports, request, token }: Ceremony,
  tokenOffsetSeconds: number | undefined,
): Promise<CodePair> {
  ports.terminal.note(
    'the seed was lost with the run that burned it, so AWS checks the codes: take the token off the reader, switch it off and on, and type both codes as soon as they show',
  );
  return new FreshCodes(ports, { holder: request.holder, token, tokenOffsetSeconds }).takePair();
}
