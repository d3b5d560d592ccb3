/** `prove` and `resync` as commands: what both take, say and print. */
import { ALICE_PRIMARY, Bench } from '../../support/bench';

let bench: Bench;
beforeEach(async () => {
  bench = await Bench.open();
});
afterEach(() => bench.close());

describe.each(['prove', 'resync'])('%s', (name) => {
  test('the help shows how it is used', async () => {
    const { exitCode, data } = await bench.run(name, '--help');
    expect(exitCode).toBe(0);
    expect(data).toContain(`mfa-runbook ${name} [options] <holder>`);
    for (const option of ['--slot <slot>', '--witness <name>', '--json']) {
      expect(data).toContain(option);
    }
    expect(data).toContain(`$ mfa-runbook ${name} alice.breakglass --slot primary`);
  });

  test.each([
    ['without a holder', [name, '--slot', 'primary'], "missing required argument 'holder'"],
    ['without a slot', [name, 'alice.breakglass'], "required option '--slot <slot>' not specified"],
    [
      'with a witness of no name',
      [name, 'alice.breakglass', '--slot', 'primary', '--witness', ' '],
      'witness',
    ],
  ])('%s it is refused as wrong usage, and AWS is not called', async (_name, args, error) => {
    const calls = bench.sandbox.calls.length;
    const { exitCode, people, data } = await bench.run(...args);
    expect(people).toContain(error);
    expect({ exitCode, data }).toEqual({ exitCode: 2, data: '' });
    expect(bench.sandbox.calls).toHaveLength(calls);
  });

  test('hints repeat the options given', async () => {
    const options = ['--witness', 'Wanda Witt', '--region', 'eu-central-1'];
    bench.stop.abort();
    bench.token(ALICE_PRIMARY);
    const args = [name, 'bob.breakglass', '--slot', 'primary', ...options];
    const { exitCode, people } = await bench.run(...args);
    expect(people).toContain(
      `\`mfa-runbook ${name} bob.breakglass --slot primary --witness 'Wanda Witt' --region eu-central-1\``,
    );
    expect(exitCode).not.toBe(0);
  });

  test('data is the ARN of the device, and nothing else', async () => {
    const token = bench.token(ALICE_PRIMARY);
    bench.layAndAnswer(token);
    await bench.run('enroll', 'alice.breakglass', '--slot', 'primary', '--codes', '1');
    bench.clock.advance(60_000);
    bench.answer = ({ name }) => (name === 'serial' ? ALICE_PRIMARY : token.readCode());
    if (!token.isOn) {
      token.press();
    }
    const { exitCode, data } = await bench.run(name, 'alice.breakglass', '--slot', 'primary');
    expect(data).toBe(`${bench.arn('alice.breakglass', 'primary', ALICE_PRIMARY)}\n`);
    expect(exitCode).toBe(0);
  });
});
