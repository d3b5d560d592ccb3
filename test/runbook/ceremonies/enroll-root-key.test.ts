/** A key without a display: its codes are shown for the console, for as long as AWS takes them. */
import { VirtualYkOath } from '../../tokens/ykoath';
import { OWN, OWN_TOKEN, PASTE_OWN, ROOT_INVENTORY, RootBench } from './root-bench';

const SERIAL = '12345678';
const NAME = `root.primary.${SERIAL}`;

let root: RootBench;
afterEach(() => root.bench.close());

test.each([0, 1])(
  'after %s pairs that came too late, the console takes the codes that are shown',
  async (late) => {
    root = await RootBench.open({
      inventory: ROOT_INVENTORY.replace(`"${OWN_TOKEN}"`, `"${SERIAL}", type: oath`),
    });
    const key = new VirtualYkOath({ serial: Number(SERIAL) });
    root.bench.readers.lay(key);
    root.showSecret(NAME);
    let shown = 0;
    root.bench.onPeople = (text) => {
      const [, first = '', second = ''] = /type (\d{6}) into .* and (\d{6}) into/.exec(text) ?? [];
      if (first !== '') {
        root.answers['codes-taken'] = shown === late ? 'yes' : 'no';
        shown++;
        if (shown > late) {
          root.console().addRootDevice(NAME, first, second);
        }
      }
    };
    const { exitCode, people } = await root.bench.run(...PASTE_OWN);
    expect({ exitCode, people }).toMatchObject({ exitCode: 0 });
    expect(root.asked).toEqual(Array.from({ length: late + 1 }, () => 'codes-taken'));
    expect(key.names).toEqual([`AWS ${OWN}:root@${OWN}.primary`]);
    expect(root.bench.evidence[0]?.checks).toEqual([
      'record',
      'clock',
      'serial',
      'burn',
      'codes:by-key',
      'listed:own',
    ]);
  },
);
