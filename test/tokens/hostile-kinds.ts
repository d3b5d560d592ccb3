/** The families of tokens that the hostile card plays: one entry for each. */
import type { Seed } from '../../runbook/seed';
import { formatStatusWord, isLostLink } from '../../runbook/token/apdu';
import { MalformedAnswerError, TokenLockedError } from '../../runbook/token/driver';
import { parseInfo } from '../../runbook/token/token2-info';
import { token2Molto2 } from '../../runbook/token/token2-molto2';
import { Token2Molto2 } from '../../runbook/token/token2-molto2-driver';
import { token2Single } from '../../runbook/token/token2-single';
import type { Random } from '../faults/random';
import type { HostileExchange, HostileKind, HostileToken } from './hostile';
import { VirtualMolto2 } from './token2-molto2';
import { VirtualToken2Single } from './token2-single';

const NOW = 1_700_000_000;
const GET_INFO = 0x41;
const GET_RESPONSE = 0xc0;
const AUTHENTICATE = 0xce;
const CUSTOMER_KEYS = ['TOKEN2MOLTO1-KEY', 'a key of my own', 'one that nobody enters'];

export const HOSTILE_KINDS: readonly HostileKind[] = [
  {
    name: 'token2-single',
    kind: token2Single,
    makeCard: (random) => {
      const serial = `865962${random.pick([1, 2])}${serialNumber(random, 7)}`;
      const card = new VirtualToken2Single({
        serial,
        clock,
        challenge: () => random.bytes(8),
        infoForm: random.pick(['tags', 'places']),
      });
      card.press();
      return card;
    },
    use: (token, random, seed) => repeatedly(random, () => burn(token, random, seed)),
    isWrite: ([, ins]) => ins === 0xd4 || ins === 0xc5,
    serialIn: token2Serial,
    violation: (exchanges) =>
      authenticatedAgain(exchanges, (statusWord) => statusWord !== 0x9000 && !isLostLink(statusWord)),
  },
  {
    name: 'token2-molto2',
    kind: token2Molto2,
    makeCard: (random) =>
      new VirtualMolto2({
        serial: `8266587${serialNumber(random, 8)}`,
        clock,
        profiles: random.pick([50, 100]),
        customerKey: Buffer.from(random.pick(CUSTOMER_KEYS), 'ascii'),
        challenge: () => random.bytes(8),
        takesTagList: random.chance(0.5),
      }),
    use: (token, random, seed) => repeatedly(random, () => useMolto2(token, random, seed)),
    isWrite: ([, ins = 0]) => [0xd4, 0xc5, 0xd5, 0xe6, 0xd7, 0x56, 0xd8].includes(ins),
    serialIn: token2Serial,
    violation: (exchanges) => neverSent(exchanges) ?? authenticatedAgain(exchanges, isLastTry),
  },
];

function clock(): number {
  return NOW * 1000;
}

function nowSeconds(): number {
  return NOW;
}

function serialNumber(random: Random, digits: number): string {
  return String(random.below(10 ** digits)).padStart(digits, '0');
}

/** A person who tries again; the last error is the outcome. */
async function repeatedly(random: Random, work: () => Promise<void>): Promise<void> {
  for (let left = random.below(3); left > 0; left--) {
    await work().catch(() => undefined);
  }
  await work();
}

/** As a ceremony does: a burn is for the token that was identified, and for no other. */
async function burn({ driver, info }: HostileToken, random: Random, seed: Seed): Promise<void> {
  const { serial } = await driver.info();
  if (serial !== info.serial) {
    throw new MalformedAnswerError('get info', 'another serial');
  }
  const target = { profile: random.pick([0, 1, 49, 50, 99]), label: 'alice' };
  if (random.chance(0.7)) {
    await driver.occupancy?.(target);
  }
  await driver.burn(seed, target, nowSeconds);
  await driver.info();
}

async function useMolto2(token: HostileToken, random: Random, seed: Seed): Promise<void> {
  const { driver } = token;
  try {
    await burn(token, random, seed);
    if (random.chance(0.1)) {
      await driver.contents?.();
    }
    if (random.chance(0.3) && driver instanceof Token2Molto2) {
      await driver.syncClock(random.pick([0, 99]), nowSeconds);
    }
    if (random.chance(0.3)) {
      await driver.erase?.({ profile: random.pick([0, 1, 50]), label: 'alice' });
    }
  } catch (error) {
    if (error instanceof TokenLockedError) {
      await driver.unlock?.(Uint8Array.from(Buffer.from(random.pick(CUSTOMER_KEYS), 'ascii')));
    }
    throw error;
  }
}

function token2Serial(command: Uint8Array, answer: Uint8Array): string | undefined {
  const counts = [0x90, 0x61].includes(statusOf(answer) >> 8);
  return counts && (command[1] === GET_INFO || command[1] === GET_RESPONSE)
    ? parseInfo(answer.subarray(0, -2))?.serial
    : undefined;
}

function statusOf(answer: Uint8Array | undefined): number {
  const [sw1 = 0, sw2 = 0] = answer?.subarray(-2) ?? [];
  return (sw1 << 8) | sw2;
}

/** The token says that one try, or none, is left. */
function isLastTry(statusWord: number): boolean {
  return [0x63c1, 0x63c0, 0x6301, 0x6300, 0x6983].includes(statusWord);
}

/** An authentication was sent after an answer to one that forbids another; silence forbids nothing. */
function authenticatedAgain(
  exchanges: readonly HostileExchange[],
  forbids: (statusWord: number) => boolean,
): string | undefined {
  const answers = exchanges
    .filter(({ command, answer }) => command[1] === AUTHENTICATE && answer !== undefined)
    .map(({ answer }) => statusOf(answer));
  const forbidden = answers.slice(0, -1).find(forbids);
  return forbidden === undefined ? undefined : `it authenticated again after ${formatStatusWord(forbidden)}`;
}

/** A new customer key, a factory reset and the lock of the screen are none of this program's. */
function neverSent(exchanges: readonly HostileExchange[]): string | undefined {
  const found = exchanges.find(({ command }) => [0xd7, 0x56, 0xd8].includes(command[1] ?? 0));
  return found && `it sent INS ${found.command[1]?.toString(16)}`;
}
