/** Codes that another command sent to AWS while these were typed. */
import type { Ports } from '../../../runbook/ceremony/ports';
import { FreshCodes } from '../../../runbook/operator/fresh-codes';

const ABOUT = {
  holder: 'alice',
  token: { slot: 'primary', serial: '86596220000001', type: 'programmable' },
  tokenOffsetSeconds: 0,
} as const;

/** Types these codes, of which AWS was given some. */
function typing(typed: readonly string[], used: readonly string[]) {
  let nowMs = 1_000_000_020_000;
  const left = [...typed];
  const notes: string[] = [];
  const ports = {
    aws: { renewSession: async () => undefined },
    clock: {
      now: () => nowMs,
      sleep: async (ms: number) => {
        nowMs += ms;
      },
    },
    terminal: {
      ask: async () => left.shift() ?? '',
      note: (text: string) => notes.push(text),
      during: async (_text: unknown, work: Promise<unknown>) => work,
    },
    usedCodes: {
      isUsedNow: async () => false,
      has: async (_place: unknown, code: string) => used.includes(code),
    },
    signal: new AbortController().signal,
  } as unknown as Ports;
  return { codes: new FreshCodes(ports, ABOUT), left, notes };
}

test('a second code that AWS was given in the meantime is not sent, and the pair begins again', async () => {
  const { codes, left, notes } = typing(['111111', '222222', '333333', '444444'], ['222222']);
  expect((await codes.takePair()).codes).toEqual(['333333', '444444']);
  expect([left, notes.length]).toEqual([[], 2]);
});

test('two codes that nobody sent are a pair', async () => {
  const { codes, left } = typing(['111111', '222222', '333333'], ['333333']);
  expect((await codes.takePair()).codes).toEqual(['111111', '222222']);
  expect(left).toEqual(['333333']);
});

test('three rounds of used codes are refused', async () => {
  const typed = ['1', '2', '3', '4', '5', '6'].map((digit) => digit.repeat(6));
  const { codes } = typing(typed, ['222222', '444444', '666666']);
  await expect(codes.takePair()).rejects.toMatchObject({ code: 'code/wrong' });
});
