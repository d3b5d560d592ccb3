/** A slip on the command line is never called a defect of the command, whatever is typed wherever a value goes. */
import { Bench } from '../../support/bench';
import { isFullExtent } from '../../support/extent';
import { parseEvents } from '../../support/json-events';
import { SessionBench } from '../../support/session-bench';

const HOLDER = 'alice.breakglass';
const ROLE = 'arn:aws:iam::111122223333:role/audit';

/** Commands with a place for a slip. */
const OF_CEREMONIES: readonly (readonly string[])[] = [
  ['doctor', '?'],
  ['plan', '--inventory', '?'],
  ['enroll', '?', '--slot', 'primary'],
  ['enroll', HOLDER, '--slot', '?'],
  ['enroll', HOLDER, '--slot', 'primary', '--witness', '?'],
  ['enroll', HOLDER, '--slot', 'primary', '--codes', '?'],
  ['enroll', HOLDER, '--slot', 'primary', '--reader', '?'],
  ['enroll', HOLDER, '--slot', 'primary', '--fleet', '?'],
  ['enroll', HOLDER, '--slot', 'primary', '--record', '?'],
  ['enroll', 'root', '--slot', 'primary', '--qr', '?'],
  ['burn', '--qr', '?'],
  ['burn', '--qr', 'a.png', '--unrecorded', '?'],
  ['prove', '?', '--slot', 'primary'],
  ['prove', HOLDER, '--slot', '?'],
  ['resync', '?', '--slot', 'primary'],
  ['resync', HOLDER, '--slot', '?'],
  ['replace', '?', '--slot', 'primary', '--reason', 'lost'],
  ['replace', HOLDER, '--slot', '?', '--reason', 'lost'],
  ['replace', HOLDER, '--slot', 'primary', '--reason', '?'],
  ['replace', HOLDER, '--slot', 'primary', '--reason', 'lost', '--spare', '?'],
  ['retire', '?', '--all-devices'],
  ['retire', HOLDER, '--slot', '?'],
  ['retire', HOLDER, '--all-devices', '--confirm', '?'],
  ['resume', '?'],
  ['token', 'info', '--reader', '?'],
  ['token', 'erase', '?', '--credential', 'mail'],
  ['token', 'erase', '12345678', '--credential', '?'],
  ['evidence', 'list', '--fleet', '?'],
  ['evidence', 'certificate', '?', '--slot', 'primary'],
  ['evidence', 'certificate', HOLDER, '--slot', '?'],
  ['evidence', 'certificate', HOLDER, '--slot', 'primary', '--format', '?'],
  ['evidence', 'certificate', HOLDER, '--slot', 'primary', '--output', '?'],
];
const OF_SESSIONS: readonly (readonly string[])[] = [
  ['session', '--duration', '?'],
  ['session', '--device', '?'],
  ['session', '--profile', '?'],
  ['session', '--region', '?'],
  ['session', '--output', '?'],
  ['session', '--write-profile', '?'],
  ['assume', '?'],
  ['assume', ROLE, '--external-id', '?'],
  ['assume', ROLE, '--session-name', '?'],
  ['exec', '--role', '?', '--', 'true'],
  ['exec', '--', '?'],
];

const ALL_SLIPS = [
  ...['', 'Primary', '../../etc/passwd', '__proto__', '💥', '--'],
  ...[' ', 'primary ', 'prim\u0000ary', '-', 'x'.repeat(5_000), 'constructor', '"', '$&', '%s'],
];
const SLIPS = isFullExtent ? ALL_SLIPS : ALL_SLIPS.slice(0, 4);

function filled(command: readonly string[], slip: string): readonly string[] {
  return command.map((word) => (word === '?' ? slip : word));
}

function failures(told: readonly (readonly [args: readonly string[], code: unknown, exitCode: number])[]) {
  return told.filter(([, code, exitCode]) => code === 'internal' || ![0, 1, 2, 3, 130].includes(exitCode));
}

test.each(OF_CEREMONIES)('%s %s %s %s %s %s %s', async (...command) => {
  const bench = await Bench.open();
  try {
    const told = [];
    for (const slip of SLIPS) {
      const args = filled(command, slip);
      const calls = bench.sandbox.calls.filter(({ operation }) =>
        /^(?:Create|Enable|Delete|Deac)/.test(operation),
      );
      const { exitCode, code } = await bench.runJson(...args);
      told.push([args, code, exitCode] as const);
      expect(
        bench.sandbox.calls.filter(({ operation }) => /^(?:Create|Enable|Delete|Deac)/.test(operation)),
      ).toHaveLength(calls.length);
    }
    expect(failures(told)).toEqual([]);
  } finally {
    await bench.close();
  }
});

test.each(OF_SESSIONS)('%s %s %s %s', async (...command) => {
  const bench = await SessionBench.open();
  try {
    bench.answer = () => undefined;
    const told = [];
    for (const slip of SLIPS) {
      const args = filled(command, slip);
      const [first = '', ...rest] = args;
      const { exitCode, data } = await bench.run(first, '--json', ...rest);
      const code = data.startsWith('{"event"') ? parseEvents(data).at(-1)?.code : undefined;
      told.push([args, code, exitCode] as const);
    }
    expect(failures(told)).toEqual([]);
  } finally {
    await bench.close();
  }
});

test.each([
  ['prove', 'alcie.breakglass', 'primary', 'record/no-holder', HOLDER],
  ['resync', 'Alice.Breakglass', 'primary', 'record/no-holder', HOLDER],
  ['enroll', HOLDER, 'pirmary', 'record/no-slot', 'primary'],
  ['replace', HOLDER, 'backpu', 'record/no-slot', 'backup'],
])('%s %s --slot %s names the one that was meant', async (command, holder, slot, code, meant) => {
  const bench = await Bench.open();
  try {
    const reason = command === 'replace' ? ['--reason', 'lost'] : [];
    const told = await bench.runJson(command, holder, '--slot', slot, ...reason);
    expect(told.code).toBe(code);
    expect(told.hints[0]).toContain(meant);
  } finally {
    await bench.close();
  }
});
