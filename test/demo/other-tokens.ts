/** Two chapters of the demo: an OATH key that computes its codes by itself, and the root user's token. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AccessKey } from '../../runbook/aws/aws';
import { browse } from '../sandbox/browser-lines';
import { VirtualToken2Single } from '../tokens/token2-single';
import { VirtualYkOath } from '../tokens/ykoath';
import { chapter, done, expectThat, shown, tell, typed } from './story';
import type { DemoWorld } from './world';

const ROOT_TOKEN = '86596220000009';
/** The name that the command says to type. */
const ROOT_DEVICE = `root.primary.${ROOT_TOKEN}`;
const KEY = '12345678';

/** The operator takes a tap for an enrollment: no code is typed. */
export async function enrollKey(world: DemoWorld, operator: AccessKey): Promise<void> {
  chapter('An OATH key computes its codes by a tap');
  const key = new VirtualYkOath({ serial: Number(KEY), connection: 'nfc' });
  const args = ['enroll', 'bob.breakglass', '--slot', 'primary'];
  typed(`mfa-runbook ${args.join(' ')}`);
  world.readers.lay(key);
  done(`olga lays the key ${KEY} on the reader`);
  let asked = 0;
  const exitCode = await world.runbook(
    args,
    operator,
    async () => {
      asked++;
      return '';
    },
    shown,
  );
  world.readers.pull();
  shown(`(exit code ${exitCode})`);
  expectThat(exitCode === 0 && asked === 0, 'the key is enrolled, and nothing is typed');
  expectThat(key.names.length === 1, 'the key holds one credential');
}

/** The root user of the account gets a token: a person works in the console, as the command says. */
export async function enrollRoot(world: DemoWorld, operator: AccessKey): Promise<void> {
  chapter('The root user gets a token, from the QR code of the console');
  tell(
    'No API enrolls a device for the root user. The command says what to press in the console and which name to type, burns ' +
      'the secret of the QR code there onto the declared token, checks two codes, and waits until IAM lists the device. The ' +
      'browser is played by the lines of the sandbox.',
  );
  typed('mfa-runbook enroll root --slot primary');
  const token = new VirtualToken2Single({ serial: ROOT_TOKEN, clock: () => world.clock.now() });
  token.press();
  world.readers.lay(token);
  done(`olga switches on the token ${ROOT_TOKEN} and puts it on the reader`);
  const person = new PersonAtConsole(world, token);
  const exitCode = await world.runbook(
    ['enroll', 'root', '--slot', 'primary'],
    operator,
    async () => person.answer(),
    (text) => person.reads(text),
  );
  world.readers.pull();
  shown(`(exit code ${exitCode})`);
  expectThat(exitCode === 0 && token.holdsSeed, 'the token of root holds the secret of the picture');
  expectThat(!existsSync(person.picture), 'the picture is deleted');
}

/** Reads the screen, and does there and in the browser what it asks for. */
class PersonAtConsole {
  public readonly picture: string;
  #screen = '';
  #codes: readonly string[] = [];

  public constructor(
    private readonly world: DemoWorld,
    private readonly token: VirtualToken2Single,
  ) {
    this.picture = join(world.folder, 'root.png');
  }

  public reads(text: string): void {
    this.#screen += text;
    shown(text.replaceAll(`${this.world.folder}/`, ''));
    if (text.includes('press "Add MFA" now')) {
      this.#browse(`root-add ${ROOT_DEVICE} ${this.#codes.slice(-2).join(' ')}`);
    }
  }

  /** Answers the last question on the screen. */
  public answer(): string {
    const question = this.#screen.trimEnd().split('\n').at(-1) ?? '';
    if (question.includes('picture of the QR code')) {
      this.#browse(`root-device ${ROOT_DEVICE} ${this.picture}`);
      return this.picture;
    }
    if (question.includes('code of')) {
      const code = this.token.readCode();
      this.#codes = [...this.#codes, code];
      done(`olga types the code from the display: ${code}`);
      return code;
    }
    expectThat(question.includes('delete '), `no other question than ${question}`);
    done('olga types yes');
    return 'yes';
  }

  #browse(line: string): void {
    const seen = browse(this.world.sandbox.console(), line);
    done(`root, in the browser: ${line.replaceAll(`${this.world.folder}/`, '')}`);
    expectThat(!seen.startsWith('error'), `the console takes ${line}, and not ${seen}`);
  }
}
