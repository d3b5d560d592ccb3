import { Bench } from '../../support/bench';
import { HEALTHY_MACHINE } from '../../support/healthy-machine';
import { parseEvents } from '../../support/json-events';
import { VirtualReaders } from '../../tokens/virtual-readers';

let bench: Bench;
afterEach(() => bench.close());

test('finds everything in order, and says what it found', async () => {
  bench = await Bench.open();
  const { exitCode, data } = await bench.run('doctor');
  expect(data.split('\n').map((line) => line.slice(0, 17).trim())).toEqual([
    'ok    node',
    'ok    reader',
    'ok    credentials',
    'ok    clock',
    'ok    record',
    '',
  ]);
  expect(data).toContain('arn:aws:iam::123456789012:user/platform-admin');
  expect(data).toContain('break-glass: 2 holders, 3 tokens, generation ');
  expect(exitCode).toBe(0);
});

test('goes on after a failed check, and exits with 1', async () => {
  bench = await Bench.open({ readers: new VirtualReaders({ fault: 'no-service' }) });
  bench.machineOffsetMs = 61_000;
  const { exitCode, data, people } = await bench.run('doctor', '--fleet', 'nightly');
  expect(data).toMatch(/^FAIL {2}reader .*\n +hint: /m);
  expect(data).toMatch(/^ok {4}credentials/m);
  expect(data).toMatch(/^FAIL {2}clock .*\n +hint: /m);
  expect(data).toMatch(/^FAIL {2}record .*nightly/m);
  expect(people).toContain('`mfa-runbook doctor --fleet nightly`');
  expect(exitCode).toBe(1);
});

test('skips what needs credentials when they do not work', async () => {
  bench = await Bench.open();
  bench.credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x' };
  const { exitCode, data } = await bench.run('doctor', '--json');
  const checks = parseEvents(data)
    .filter(({ event }) => event === 'check')
    .map(({ name, verdict }) => [name, verdict]);
  expect(checks).toEqual([
    ['node', 'ok'],
    ['reader', 'ok'],
    ['credentials', 'failed'],
    ['clock', 'skipped'],
    ['record', 'skipped'],
  ]);
  expect(exitCode).toBe(1);
});

test('finds what is in the way of the reader, and says it first', async () => {
  bench = await Bench.open({
    readers: new VirtualReaders({ names: [] }),
    wrapHost: (host) => ({
      ...host,
      machineFacts: async () => ({ ...HEALTHY_MACHINE, modules: ['pn533_usb', 'pn533', 'nfc'] }),
    }),
  });
  const { data } = await bench.run('doctor', '--json');
  const reader = parseEvents(data).find(({ name }) => name === 'reader');
  expect(reader).toMatchObject({ verdict: 'failed' });
  const [first] = (reader?.hints ?? []) as readonly string[];
  expect(first).toContain('modprobe -r pn533_usb pn533 nfc');
});

test('changes nothing', async () => {
  bench = await Bench.open();
  const begun = bench.sandbox.calls.length;
  await bench.run('doctor');
  const operations = bench.sandbox.calls.slice(begun).map((call) => call.operation);
  expect(operations.sort()).toEqual(['GetCallerIdentity', 'GetParametersByPath']);
});

test.each([
  ['of several readers none has to be named', [], 'ok', 0],
  ['one of several readers may be named', ['--reader', 'PIV'], 'ok', 0],
  ['a name that several readers have is no choice', ['--reader', 'reader'], 'failed', 1],
  ['a name that no reader has fails', ['--reader', 'ACR'], 'failed', 1],
])('%s', async (_, options, verdict, exit) => {
  bench = await Bench.open({ readers: new VirtualReaders({ names: ['NFC Reader', 'PIV Reader'] }) });
  const { exitCode, events } = await bench.runJson('doctor', ...options);
  const check = events.find(({ event, name }) => event === 'check' && name === 'reader');
  expect([check?.verdict, exitCode]).toEqual([verdict, exit]);
});
