/** Both ends of the channel in one process, and every message that crosses written down. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallReport } from '../../../runbook/aws/aws';
import { connectSession } from '../../../runbook/aws/connect';
import { systemClock } from '../../../runbook/clock';
import { RunbookError } from '../../../runbook/runbook-error';
import { RemoteSeedPhase } from '../../../runbook/seed-phase/remote-seed-phase';
import { serveSeedPhase } from '../../../runbook/seed-phase/serve';
import type { FromPhase, ToPhase } from '../../../runbook/seed-phase/wire';
import { Sandbox } from '../../sandbox/sandbox';
import { standingClock } from '../../support/clock';
import { NO_INPUT } from '../../support/local-seed-phases';
import { findSeed } from '../../support/seed-forms';
import { VirtualToken2Single } from '../../tokens/token2-single';
import { VirtualReaders } from '../../tokens/virtual-readers';

const TARGET = { label: 'AWS 123456789012:alice.primary' };

const DEVICE = { path: '/p/', name: 'n', tags: {} };
const never = new AbortController().signal;

let sandbox: Sandbox;
let seeds: Uint8Array[];
beforeEach(() => {
  seeds = [];
  function newSeed(): Uint8Array {
    const seed = crypto.getRandomValues(new Uint8Array(40));
    seeds.push(Uint8Array.from(seed));
    return seed;
  }
  sandbox = Sandbox.create({ clock: standingClock(), newSeed });
});
afterEach(() => sandbox.close());

/** Both ends in this process, every message as the JSON that would cross. */
async function openRecorded(isInspected = false) {
  const crossed: string[] = [];
  const readers = new VirtualReaders();
  const token = new VirtualToken2Single({ serial: '86596220000001', clock: sandbox.clock.now });
  token.press();
  readers.lay(token);
  const session = { ...sandbox.administrator, region: 'eu-central-1', endpoint: await sandbox.listen() };
  const reports: CallReport[] = [];
  const phase = new RemoteSeedPhase(
    {
      aws: { session: async () => session },
      onCall: (report) => reports.push(report),
      onTrace: () => undefined,
    },
    () => {
      let toPhase: (message: ToPhase) => void = () => undefined;
      let fromPhase: (message: FromPhase) => void = () => undefined;
      let leave: (how: string) => void = () => undefined;
      const ended = new Promise<string>((resolve) => {
        leave = resolve;
      });
      function cross<Message>(message: Message): Message {
        const text = JSON.stringify(message);
        crossed.push(text);
        return JSON.parse(text) as Message;
      }
      function defer(deliver: () => void): void {
        return void sleep(0).then(deliver);
      }
      serveSeedPhase(
        {
          send: (message) => {
            const copy = cross(message);
            defer(() => fromPhase(copy));
          },
          onMessage: (listener) => {
            toPhase = listener;
          },
        },
        {
          connect: (given, onCall) => connectSession(given, { onCall, now: Date.now }),
          readers,
          clock: systemClock,
          input: NO_INPUT,
          checkProcess: () => {
            if (isInspected) {
              throw new RunbookError('seed-phase/inspected', 'a debugger', { hints: [] });
            }
          },
          leave: () => leave('ended'),
        },
      );
      return {
        send: (message) => {
          const copy = cross(message);
          defer(() => toPhase(copy));
        },
        onMessage: (listener) => {
          fromPhase = listener;
        },
        ended,
        kill: () => leave('ended with SIGKILL'),
      };
    },
  );
  return { phase, crossed, token, reports };
}

test('no message of a whole enrollment holds the seed in any form', async () => {
  const { phase, crossed, token, reports } = await openRecorded();
  await phase.layToken(undefined, never);
  await phase.createDevice(DEVICE);
  await phase.burn(TARGET, () => undefined, never);
  const judgement = await phase.judge(token.readCode(), sandbox.clock.now() / 1000);
  expect(judgement.verdict).toBe('right');
  await phase.pair(1);
  await phase.createDevice(DEVICE).catch(() => undefined);
  await phase.end();
  const [seed] = seeds;
  if (seed === undefined) {
    throw new Error('no seed was given out: the search would prove nothing');
  }
  expect(token.holds(seed)).toBe(true);
  expect(reports.map(({ outcome }) => outcome)).toEqual(['ok', 'EntityAlreadyExists']);
  const said = crossed.join('\n');
  for (const kind of ['call', 'answer', 'failure', 'writing', 'aws-call', 'apdu', 'end']) {
    expect(said).toContain(`"kind":"${kind}"`);
  }
  expect(findSeed(said, seed)).toBeUndefined();
});

test('a process with a debugger refuses before a seed exists', async () => {
  const { phase, token } = await openRecorded(true);
  await expect(phase.layToken(undefined, never)).rejects.toMatchObject({ code: 'seed-phase/inspected' });
  await expect(phase.createDevice(DEVICE)).rejects.toMatchObject({ code: 'seed-phase/inspected' });
  expect(seeds).toEqual([]);
  expect(token.received).toEqual([]);
  await phase.end();
});
