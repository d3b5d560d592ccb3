/** The environment of the demo: an account on loopback, one clock, one reader, and the people who take part. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { SSMClient } from '@aws-sdk/client-ssm';
import { GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import type { AccessKey } from '../../runbook/aws/aws';
import { connectAws } from '../../runbook/aws/connect';
import { run } from '../../runbook/cli';
import type { Clock } from '../../runbook/clock';
import { diskFiles } from '../../runbook/files/disk-files';
import { fileEvidenceLog } from '../../runbook/files/file-evidence-log';
import { fileJournals } from '../../runbook/files/file-journals';
import type { SeedInput } from '../../runbook/seed-source/read-seed';
import { LinePrompter, type NextLine } from '../../runbook/terminal/line-prompter';
import { Sandbox } from '../sandbox/sandbox';
import { MovableClock } from '../support/clock';
import { HEALTHY_MACHINE } from '../support/healthy-machine';
import { localSeedPhases, NO_INPUT, noSessions } from '../support/local-seed-phases';
import { VirtualReaders } from '../tokens/virtual-readers';

const REGION = 'eu-central-1';

/** Pictures are files; nobody types a secret in the demo. */
const PICTURES: SeedInput = { ...NO_INPUT, picture: async (path) => new Uint8Array(await readFile(path)) };

/** Everything the demo needs, and nothing that outlives it. */
export class DemoWorld {
  public readonly readers = new VirtualReaders({ names: ['ACS ACR1252 (virtual) 00 00'] });

  private constructor(
    public readonly clock: MovableClock,
    public readonly sandbox: Sandbox,
    public readonly endpoint: string,
    /** A folder that is deleted at the end. */
    public readonly folder: string,
  ) {}

  public static async open(): Promise<DemoWorld> {
    const clock = new MovableClock();
    const sandbox = Sandbox.create({ clock });
    const folder = await mkdtemp(join(tmpdir(), 'mfa-demo-'));
    return new DemoWorld(clock, sandbox, await sandbox.listen(), folder);
  }

  public async close(): Promise<void> {
    await this.sandbox.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Creates a client of IAM. */
  public iam(credentials: AccessKey): IAMClient {
    return new IAMClient({ region: REGION, endpoint: this.endpoint, credentials });
  }

  /** Creates a client of SSM. */
  public ssm(credentials: AccessKey): SSMClient {
    return new SSMClient({ region: REGION, endpoint: this.endpoint, credentials });
  }

  /** Gives a user every permission, so that only the guardrails can deny anything. */
  public async makeAdministrator(userName: string): Promise<void> {
    await this.iam(this.sandbox.administrator).send(
      new PutUserPolicyCommand({
        UserName: userName,
        PolicyName: 'everything',
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
        }),
      }),
    );
  }

  /** Calls GetSessionToken, with a code if there is one. */
  public async session(key: AccessKey, mfa?: { deviceArn: string; code: string }): Promise<AccessKey> {
    const { Credentials: session } = await new STSClient({
      region: REGION,
      endpoint: this.endpoint,
      credentials: key,
    }).send(
      new GetSessionTokenCommand(
        mfa === undefined ? {} : { SerialNumber: mfa.deviceArn, TokenCode: mfa.code },
      ),
    );
    return {
      accessKeyId: session?.AccessKeyId ?? '',
      secretAccessKey: session?.SecretAccessKey ?? '',
      sessionToken: session?.SessionToken ?? '',
    };
  }

  /** Runs the command in this process: the same code as the bundled one, with the clock and reader of the demo. */
  public async runbook(
    args: readonly string[],
    credentials: AccessKey,
    answer: NextLine,
    write: (text: string) => void,
  ): Promise<number> {
    // Waiting for the next code moves the clock instead, so that nobody has to wait.
    const clock: Clock = {
      now: () => this.clock.now(),
      sleep: async (ms, signal) => {
        await pause(20);
        signal.throwIfAborted();
        this.clock.advance(ms);
      },
    };
    return run(args, {
      ...noSessions,
      env: {},
      nodeVersion: process.version,
      machineFacts: async () => HEALTHY_MACHINE,
      writePeople: write,
      writeData: write,
      dataLost: async () => undefined,
      prompter: new LinePrompter(answer, write),
      live: false,
      clock,
      signal: new AbortController().signal,
      connectAws: (settings) =>
        connectAws({ ...settings, region: REGION, endpoint: this.endpoint, credentials }),
      openReaders: () => this.readers,
      openSeedPhase: localSeedPhases(clock, PICTURES),
      journals: fileJournals(this.folder),
      files: diskFiles({ stateFolder: this.folder, cacheFolder: this.folder }),
      evidenceLog: (fleet) => fileEvidenceLog(join(this.folder, fleet, 'evidence.jsonl')),
    });
  }
}
