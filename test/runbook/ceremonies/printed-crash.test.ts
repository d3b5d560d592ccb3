/**
 * The process dies at any write of the journal of a printed token, or any call to AWS fails: `resume` ends right, or there
 * was nothing to resume and the command is given again.
 */
import type { Fault } from '../../sandbox/faults';
import { isFullExtent } from '../../support/extent';
import { atWrite, killCommand } from '../../support/kill-command';
import { PRINTED, PRINTED_INVENTORY, PRINTED_SPARE, PrintedBench } from './printed-bench';

const SLOT = ['alice.breakglass', '--slot', 'primary'] as const;
const WITH_SPARE = `${PRINTED_INVENTORY}spares:
  - { serial: "${PRINTED_SPARE}", type: hardware-totp }
`;

/** One write or call of this many is taken, beginning with another one for each kind of fault. */
const STRIDE = isFullExtent ? 1 : 3;

interface Subject {
  readonly args: readonly string[];
  readonly isEnrolled: boolean;
  /** The devices at the end. */
  readonly leaves: readonly string[];
}

const SUBJECTS: Readonly<Record<string, Subject>> = {
  enroll: { args: ['enroll', ...SLOT], isEnrolled: false, leaves: [PRINTED] },
  prove: { args: ['prove', ...SLOT], isEnrolled: true, leaves: [PRINTED] },
  resync: { args: ['resync', ...SLOT], isEnrolled: true, leaves: [PRINTED] },
  retire: {
    args: ['retire', 'alice.breakglass', '--all-devices', '--confirm', 'alice.breakglass'],
    isEnrolled: true,
    leaves: [],
  },
  'replace-lost': {
    args: ['replace', ...SLOT, '--reason', 'lost', '--spare', PRINTED_SPARE],
    isEnrolled: true,
    leaves: [PRINTED_SPARE],
  },
  'replace-stolen': {
    args: ['replace', ...SLOT, '--reason', 'stolen', '--spare', PRINTED_SPARE],
    isEnrolled: true,
    leaves: [PRINTED_SPARE],
  },
};

async function open({ isEnrolled }: Subject, name: string): Promise<PrintedBench> {
  const printed = await PrintedBench.open({ inventory: WITH_SPARE });
  if (isEnrolled) {
    await printed.enroll();
  }
  if (name.startsWith('replace')) {
    printed.take(printed.spare);
  }
  return printed;
}

test.each(Object.entries(SUBJECTS))('%s, killed at every write', async (name, subject) => {
  let kills = 0;
  for (const [first, when] of ['before', 'after'].entries() as Iterable<[number, 'before' | 'after']>) {
    for (let nth = first % STRIDE; nth < 20; nth += STRIDE) {
      const printed = await open(subject, name);
      const { bench } = printed;
      const evidence = bench.evidence.length;
      const isKilled = await killCommand(bench, atWrite(nth, when), ...subject.args);
      if (isKilled) {
        kills += 1;
        bench.clock.advance(60_000);
        const { exitCode, people } = await bench.run('resume');
        expect({ nth, when, exitCode, people }).toMatchObject({ exitCode: 0 });
      }
      // Killed before anything was durable, the command is given again.
      if (bench.evidence.length === evidence) {
        expect([nth, when]).toEqual([0, 'before']);
        expect((await bench.run(...subject.args)).exitCode).toBe(0);
      }
      expect({ nth, when, devices: await printed.devicesOf() }).toEqual({
        nth,
        when,
        devices: subject.leaves,
      });
      expect([printed.deviceCalls, bench.journals.files.size]).toEqual([[], 0]);
      expect(bench.evidence).toHaveLength(evidence + 1);
      await bench.close();
      if (!isKilled) {
        break;
      }
    }
  }
  expect(kills).toBeGreaterThanOrEqual(Math.floor(8 / STRIDE));
});

const FAULTS: readonly Fault[] = [
  'access-denied',
  'throttled',
  'server-error',
  'dropped-before',
  'dropped-after',
];

describe.each(FAULTS)('with a call to AWS that ends in %j', (fault) => {
  test.each(Object.entries(SUBJECTS))('%s, at every call', async (name, subject) => {
    for (let nth = FAULTS.indexOf(fault) % STRIDE; nth < 40; nth += STRIDE) {
      const printed = await open(subject, name);
      const { bench } = printed;
      const evidence = bench.evidence.length;
      let seen = -1;
      bench.sandbox.faults = () => {
        seen += 1;
        return seen === nth ? fault : undefined;
      };
      await bench.run(...subject.args);
      bench.sandbox.faults = undefined;
      bench.clock.advance(60_000);
      const resumed = await bench.run('resume');
      expect({ nth, exitCode: resumed.exitCode, people: resumed.people }).toMatchObject({ exitCode: 0 });
      if (bench.evidence.length === evidence) {
        const again = await bench.run(...subject.args);
        expect({ nth, exitCode: again.exitCode, people: again.people }).toMatchObject({ exitCode: 0 });
      }
      expect({ nth, devices: await printed.devicesOf() }).toEqual({ nth, devices: subject.leaves });
      expect([printed.deviceCalls, bench.journals.files.size]).toEqual([[], 0]);
      expect(bench.evidence).toHaveLength(evidence + 1);
      await bench.close();
      if (seen < nth) {
        return;
      }
    }
    throw new Error('a ceremony makes fewer calls');
  });
});
