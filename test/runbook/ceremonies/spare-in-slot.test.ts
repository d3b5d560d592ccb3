/** A spare came into use and the inventory does not say so yet: no command leads its holder into the dark. */
import { ALICE_PRIMARY, Bench } from '../../support/bench';

const SPARE = '86596220000009';
function inventory(primary: string, spare: string): string {
  return `
fleet: break-glass
holders:
  alice.breakglass:
    - { slot: primary, serial: "${primary}" }
spares:
  - { serial: "${spare}" }
`;
}

test.each(['enroll', 'prove'])('%s names the one thing to do', async (command) => {
  const bench = await Bench.open({ inventory: inventory(SPARE, ALICE_PRIMARY) });
  try {
    bench.layAndAnswer(bench.token(SPARE));
    expect((await bench.run('enroll', 'alice.breakglass', '--slot', 'primary')).exitCode).toBe(0);
    await bench.deploy(inventory(ALICE_PRIMARY, SPARE));
    const before = await bench.devices();
    const { exitCode, people } = await bench.run(command, 'alice.breakglass', '--slot', 'primary');
    expect(people.match(/hint: .*/g)).toEqual([
      `hint: move ${SPARE} from spares to alice.breakglass primary in tokens.yaml and run \`cdk deploy\``,
    ]);
    expect(exitCode).toBe(3);
    expect(await bench.devices()).toEqual(before);
  } finally {
    await bench.close();
  }
});
