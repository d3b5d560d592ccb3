/**
 * The built command as a child process, through nfc-pcsc, pcscd and the two slots of vpcd to virtual tokens of every
 * driver, against a sandbox with a record.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseInventory } from '../../lib/record/inventory';
import { formatRecord } from '../../lib/record/pages';
import { Sandbox } from '../sandbox/sandbox';
import { type RunningPcscd, startPcscd } from '../support/pcscd';
import type { Reaction, VirtualCard } from '../tokens/virtual-card';
import { VPCD_PORT, VpcdSlot } from '../tokens/vpcd';
import { within } from './within';

const COMMAND = join(__dirname, '..', '..', 'runbook', 'build', 'mfa-runbook.js');
/** Two codes in a row that AWS has not seen take up to a minute and a half. */
const COMMAND_TIMEOUT_MS = 120_000;
const LAY_TIMEOUT_MS = 60_000;

/** The end of the command, and everything that it said. */
interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Called with each new line of stderr; a text that it returns is typed. */
export type Listener = (line: string) => string | undefined;

/** Everything that a test of one driver needs. */
export class DriverBench {
  /** All seeds of devices that AWS created. */
  public readonly seeds: Uint8Array[] = [];
  public readonly first = new VpcdSlot();
  public readonly second = new VpcdSlot({ port: VPCD_PORT + 1 });

  private constructor(
    public readonly home: string,
    public readonly sandbox: Sandbox,
    public readonly endpoint: string,
    private pcscd: RunningPcscd,
    seeds: Uint8Array[],
  ) {
    this.seeds = seeds;
  }

  public static async open(inventory: string): Promise<DriverBench> {
    const seeds: Uint8Array[] = [];
    const sandbox = Sandbox.create({
      newSeed: () => {
        const seed = randomBytes(40);
        seeds.push(Uint8Array.from(seed));
        return seed;
      },
    });
    const home = await mkdtemp(join(tmpdir(), 'mfa-drivers-'));
    const bench = new DriverBench(home, sandbox, await sandbox.listen(), await startPcscd(), seeds);
    const parsed = parseInventory(inventory, 'tokens.yaml');
    for (const { name } of parsed.holders) {
      await bench.admin('iam', 'CreateUser', { UserName: name });
    }
    for (const { name, value } of formatRecord(parsed)) {
      await bench.admin('ssm', 'PutParameter', { Name: name, Value: value, Type: 'String' });
    }
    return bench;
  }

  public async close(): Promise<void> {
    await Promise.all([this.first.pull(), this.second.pull()]);
    await this.sandbox.close();
    await this.pcscd.stop();
    await rm(this.home, { recursive: true, force: true });
  }

  /** Takes both cards away. */
  public async clear(): Promise<void> {
    await within(
      LAY_TIMEOUT_MS,
      'taking the cards off',
      Promise.all([this.first.pull(), this.second.pull()]),
    );
  }

  public async lay(card: VirtualCard, slot = this.first): Promise<void> {
    await within(LAY_TIMEOUT_MS, 'laying the card on', slot.layOn(card));
  }

  public async stopPcscd(): Promise<void> {
    await this.pcscd.stop();
  }

  public async startPcscd(): Promise<void> {
    this.pcscd = await startPcscd();
  }

  public admin(service: 'iam' | 'ssm', operation: string, input: Record<string, string>) {
    return this.sandbox.call(this.sandbox.administrator, service, operation, input);
  }

  /** Lists the ARNs of a holder's devices. */
  public async devicesOf(holder: string): Promise<readonly string[]> {
    const { MFADevices } = await this.admin('iam', 'ListMFADevices', { UserName: holder });
    return (MFADevices as readonly { readonly SerialNumber: string }[]).map((each) => each.SerialNumber);
  }

  /** Lists the ARNs of the account's virtual devices, assigned or not. */
  public async allDevices(): Promise<readonly string[]> {
    const { VirtualMFADevices } = await this.admin('iam', 'ListVirtualMFADevices', {});
    return (VirtualMFADevices as readonly { readonly SerialNumber: string }[]).map(
      (each) => each.SerialNumber,
    );
  }

  /** Reads the evidence of a slot in Parameter Store. */
  public async evidenceOf(holder: string, slot: string): Promise<unknown> {
    const Name = `/mfa-guardrails/break-glass/evidence/${holder}/${slot}`;
    const { Parameter } = await this.admin('ssm', 'GetParameter', { Name });
    return JSON.parse((Parameter as { readonly Value: string }).Value);
  }

  /**
   * Runs the built command to its end.
   *
   * @param listen told of each line; a question is one when it is whole
   * @param env more variables, or others
   */
  public run(
    args: readonly string[],
    listen: Listener = () => undefined,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Ended> {
    const { accessKeyId, secretAccessKey } = this.sandbox.administrator;
    const child = spawn(process.execPath, [COMMAND, ...args], {
      cwd: this.home,
      env: {
        PATH: process.env.PATH,
        HOME: this.home,
        XDG_STATE_HOME: join(this.home, 'state'),
        AWS_ENDPOINT_URL: this.endpoint,
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        ...env,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: COMMAND_TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    const said = { stdout: '', stderr: '' };
    let heard = 0;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said.stderr += text;
      const lines = said.stderr.split('\n');
      for (const line of lines.slice(heard)) {
        const isWhole = line !== lines.at(-1) || /^\? .*[:\]] ?$/.test(line);
        if (!isWhole) {
          break;
        }
        heard++;
        const typed = listen(line);
        if (typed !== undefined) {
          child.stdin.write(`${typed}\n`);
        }
      }
    });
    child.stdin.on('error', () => undefined);
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, ...said }));
    });
  }

  /** Reads all files that commands left. */
  public async filesLeft(): Promise<string> {
    const found = await readdir(this.home, { recursive: true, withFileTypes: true });
    const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n');
  }
}

/** A card to which something happens at its nth command, after it was carried out or before. */
export class Watched implements VirtualCard {
  public commands = 0;
  #at = Number.POSITIVE_INFINITY;
  #happen: () => void = () => undefined;

  public constructor(private readonly card: VirtualCard) {}

  public get atr(): Uint8Array {
    return this.card.atr;
  }

  /** Plans it, counted from now; the first command is 1. */
  public at(command: number, happen: () => void): void {
    this.#at = this.commands + command;
    this.#happen = happen;
  }

  public enterField(): void {
    this.card.enterField();
  }

  public leaveField(): void {
    this.card.leaveField();
  }

  public receive(command: Uint8Array): Reaction | Promise<Reaction> {
    this.commands++;
    if (this.commands !== this.#at) {
      return this.card.receive(command);
    }
    const answer = this.card.receive(command);
    this.#happen();
    return answer;
  }
}
