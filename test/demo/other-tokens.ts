/** Two chapters of the demo: the QR code of the root user, and an OATH key that computes its codes by itself. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AccessKey } from '../../runbook/aws/aws';
import { drawCode, png } from '../support/code-pictures';
import { VirtualToken2Single } from '../tokens/token2-single';
import { VirtualYkOath } from '../tokens/ykoath';
import { chapter, done, expectThat, shown, tell, typed } from './story';
import type { DemoWorld } from './world';

const SPARE = '86596220000009';
const ROOT_DEVICE = 'root-primary';
const KEY = '12345678';
/** Large enough for a screenshot of the console. */
const PICTURE_PIXELS = 320;
const STEP_MS = 30_000;

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

/** The person at the console burns what it shows for the root user onto a spare, and confirms it there with its codes. */
export async function burnRoot(world: DemoWorld, operator: AccessKey): Promise<void> {
  chapter('The QR code of the root user goes onto a token, and not onto a phone');
  tell(
    'No API enrolls a device for the root user. The console shows a QR code, and a screenshot of it is enough: ' +
      'the command burns its secret onto a token, checks two codes against it, and deletes the picture.',
  );
  const picture = join(world.folder, 'root.png');
  const console = world.sandbox.console();
  await writeFile(picture, png(drawCode(console.createRootDevice(ROOT_DEVICE), PICTURE_PIXELS)));
  typed('mfa-runbook burn --qr root.png');
  const token = new VirtualToken2Single({ serial: SPARE, clock: () => world.clock.now() });
  token.press();
  world.readers.lay(token);
  done(`olga switches on the spare ${SPARE} and puts it on the reader`);
  let screen = '';
  let answers = 0;
  const exitCode = await world.runbook(
    ['burn', '--qr', picture],
    operator,
    async () => {
      const question = screen.trimEnd().split('\n').at(-1) ?? '';
      const isCode = question.includes('code of');
      answers++;
      expectThat(answers < 10, `an end to the questions, the last was ${question}`);
      const answer = isCode ? token.readCode() : 'yes';
      done(isCode ? `olga types the code from the display: ${answer}` : 'olga types yes');
      return answer;
    },
    (text) => {
      screen += text;
      shown(text.replaceAll(`${world.folder}/`, ''));
    },
  );
  world.readers.pull();
  shown(`(exit code ${exitCode})`);
  expectThat(exitCode === 0 && token.holdsSeed, 'the secret of the picture is on the token');
  expectThat(!existsSync(picture), 'the picture is deleted');
  world.clock.advance(STEP_MS);
  const first = token.readCode();
  world.clock.advance(STEP_MS);
  const second = token.readCode();
  console.addRootDevice(ROOT_DEVICE, first, second);
  done(`olga types two codes in a row into the console, ${first} and ${second}, and AWS accepts them`);
}
