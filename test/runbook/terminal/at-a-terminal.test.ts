/** The built command at a terminal: keys that are pressed while it works, and a terminal that has no width. */
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { ALICE_PRIMARY, Bench } from '../../support/bench';
import { MovableClock } from '../../support/clock';
import { withTemporaryFolder } from '../../support/temporary-folder';
import { until } from '../built-command';

const COMMAND = join(__dirname, '..', '..', '..', 'runbook', 'build', 'mfa-runbook.js');
const HOLDER = 'alice.breakglass';
const QUESTION = "type the holder's name";

let bench: Bench;
let gate: Gate;
beforeEach(async () => {
  bench = await Bench.open({ clock: new MovableClock() });
  bench.layAndAnswer(bench.token(ALICE_PRIMARY));
  await bench.run('enroll', HOLDER, '--slot', 'primary', '--codes', '1');
  gate = await Gate.open(bench.endpoint);
});
afterEach(async () => {
  gate.close();
  await bench.close();
});

/** Passes every call on to AWS, once it is open. */
class Gate {
  public isReached = false;
  readonly #waiting: (() => void)[] = [];
  #isOpen = false;

  private constructor(
    readonly server: Server,
    readonly endpoint: string,
  ) {}

  public static async open(target: string): Promise<Gate> {
    const server = createServer((incoming, answer) => {
      const { method, url, headers } = incoming;
      function pass(): void {
        const passed = request(new URL(url ?? '/', target), { method, headers }, (from) => {
          answer.writeHead(from.statusCode ?? 500, from.headers);
          from.pipe(answer);
        });
        incoming.pipe(passed.on('error', () => answer.destroy()));
      }
      gate.#reach(pass);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const gate = new Gate(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return gate;
  }

  #reach(pass: () => void): void {
    this.isReached = true;
    if (this.#isOpen) {
      pass();
    } else {
      this.#waiting.push(pass);
    }
  }

  public pass(): void {
    this.#isOpen = true;
    for (const pass of this.#waiting.splice(0)) {
      pass();
    }
  }

  public close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

const RETIRE = `${process.execPath} ${COMMAND} retire ${HOLDER} --all-devices`;

/** Starts `retire` at a terminal of its own. @param size what `stty` is told */
function start(folder: string, size: string, run = `exec ${RETIRE}`) {
  const line = `stty ${size}; ${run}`;
  const { accessKeyId, secretAccessKey } = bench.sandbox.administrator;
  const terminal = spawn('script', ['-qec', line, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: {
      PATH: process.env.PATH,
      HOME: folder,
      XDG_STATE_HOME: folder,
      TERM: 'xterm',
      AWS_ENDPOINT_URL: gate.endpoint,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
  let shown = '';
  terminal.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => terminal.on('exit', resolve));
  return {
    type: (keys: string) => void terminal.stdin.write(keys),
    shown: () => shown,
    shows: (text: string) =>
      until(
        text,
        () => shown.includes(text),
        () => shown,
      ),
    ended,
  };
}

/** The call is held back, and the command shows that it works. */
async function working(command: ReturnType<typeof start>): Promise<void> {
  await command.shows('signing in');
  await until(
    'the first call',
    () => gate.isReached,
    () => command.shown(),
  );
}

test('what is typed while the command works is not shown, and answers no question', async () => {
  await withTemporaryFolder(async (folder) => {
    const command = start(folder, 'cols 80 rows 24');
    await working(command);
    command.type('mallory\r');
    // The next picture of the progress comes after the keys.
    function frames(): number {
      return command.shown().split('signing in').length;
    }
    const before = frames();
    await until(
      'more progress',
      () => frames() > before + 2,
      () => command.shown(),
    );
    gate.pass();
    await command.shows(QUESTION);
    command.type(`${HOLDER}\r`);
    expect(await command.ended).toBe(0);
    expect(command.shown()).not.toContain('mallory');
  });
  expect(await bench.devices()).toEqual([]);
});

test('Ctrl-C while the command works stops it', async () => {
  const before = await bench.devices();
  await withTemporaryFolder(async (folder) => {
    const command = start(folder, 'cols 80 rows 24');
    await working(command);
    command.type('\u0003');
    await command.shows('stopping: SIGINT');
    gate.pass();
    expect(await command.ended).toBe(130);
  });
  expect(await bench.devices()).toEqual(before);
});

// As under npm: a shell waits for a job until each of its processes has stopped.
const IN_A_JOB = `set -m; sh -c '${RETIRE}; exit $?'; echo stopped $?; stty -a; fg`;

test.each([
  ['while the command works', true],
  ['at a question', false],
])(
  'Ctrl-Z %s gives the terminal back to the shell, and `fg` goes on',
  async (_when, isWorking) => {
    await withTemporaryFolder(async (folder) => {
      const command = start(folder, 'cols 80 rows 24', IN_A_JOB);
      await working(command);
      if (!isWorking) {
        gate.pass();
        await command.shows(QUESTION);
      }
      command.type('\u001A');
      await command.shows('stopped 1');
      await command.shows(' icanon');
      gate.pass();
      const after = command.shown().lastIndexOf('stopped 1');
      await until(
        'the question',
        () => command.shown().includes(QUESTION, after),
        () => command.shown(),
      );
      command.type(`${HOLDER}\r`);
      expect(await command.ended).toBe(0);
    });
    expect(await bench.devices()).toEqual([]);
  },
  60_000,
);

test('a question that nobody can answer anymore is no success', async () => {
  const before = await bench.devices();
  await withTemporaryFolder(async (folder) => {
    const deaf = join(folder, 'deaf.cjs');
    await writeFile(deaf, 'process.stdin.unref();');
    const command = start(folder, 'cols 80 rows 24', `exec ${RETIRE.replace(' ', ` --require ${deaf} `)}`);
    gate.pass();
    await command.shows('a defect');
    expect(await command.ended).toBe(130);
  });
  expect(await bench.devices()).toEqual(before);
}, 60_000);

test('a terminal without a width gets whole lines', async () => {
  await withTemporaryFolder(async (folder) => {
    const command = start(folder, 'cols 0 rows 0');
    gate.pass();
    await command.shows(QUESTION);
    command.type(`${HOLDER}\r`);
    expect(await command.ended).toBe(0);
    // The question as it stays on the screen.
    expect(stripVTControlCharacters(command.shown())).toContain(
      `◇  ${QUESTION}, ${HOLDER}, to retire ${ALICE_PRIMARY}\r\n`,
    );
  });
});
