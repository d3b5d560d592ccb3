/** The budgets, each with the way to its figure. */
import { readdirSync, statSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { RemoteSeedPhase } from '../../runbook/seed-phase/remote-seed-phase';
import { startSeedProcess } from '../../runbook/seed-phase/start';
import { Sandbox } from '../sandbox/sandbox';
import { withTemporaryFolder } from '../support/temporary-folder';
import {
  execute,
  leastCpuMs,
  memoryFlags,
  memoryMiB,
  type Program,
  quietEnvironment,
  readCpuMs,
  readMemoryMiB,
  timed,
} from './process-usage';

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly budget: number;
}

interface Settings {
  /** Path of the Node that is measured. */
  readonly node: string;
  readonly runs: number;
}

type Part = (settings: Settings) => Promise<readonly Figure[]>;

const ROOT = join(__dirname, '../..');
const BUILD = join(ROOT, 'runbook/build');
const COMMAND = join(BUILD, 'mfa-runbook.js');

/** The parts by name. `tests` takes minutes and runs only where it is named. */
export const PARTS: Readonly<Record<string, Part>> = {
  'start-up': startUp,
  'first-call': firstCall,
  'seed-process': seedProcess,
  synth,
  tarballs,
  tests,
};

async function startUp({ node, runs }: Settings): Promise<readonly Figure[]> {
  const pages = [['--help'], ['token', 'info', '--help'], ['--version']];
  const programs = [['-e', '0'], ...pages.map((args) => [COMMAND, ...args])];
  const [base = 0, ...least] = await leastCpuMs(
    programs.map((args) => ({ file: node, args })),
    runs,
  );
  return pages.map((args, at) => ({
    name: `mfa-runbook ${args.join(' ')}, beside \`node -e 0\` (${base} ms)`,
    value: round((least[at] ?? 0) / base, 2),
    unit: '×',
    budget: 1.2,
  }));
}

/** Runs work with a sandbox on loopback that refuses every call, so that a command ends after its first one. */
async function withRefusingSandbox<T>(work: (env: Record<string, string>) => Promise<T>): Promise<T> {
  const sandbox = Sandbox.create();
  sandbox.faults = () => 'access-denied';
  try {
    return await withTemporaryFolder(async (home) =>
      work({
        HOME: home,
        XDG_STATE_HOME: home,
        AWS_ENDPOINT_URL: await sandbox.listen(),
        AWS_REGION: 'eu-central-1',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_ACCESS_KEY_ID: sandbox.administrator.accessKeyId,
        AWS_SECRET_ACCESS_KEY: sandbox.administrator.secretAccessKey,
      }),
    );
  } finally {
    await sandbox.close();
  }
}

async function firstCall({ node, runs }: Settings): Promise<readonly Figure[]> {
  return withRefusingSandbox(async (env) => {
    const program: Program = { file: node, args: [COMMAND, 'evidence', 'list'], env, exitCode: 1 };
    const [cpu = 0] = await leastCpuMs([program], runs);
    const name = 'the first AWS call of a command';
    return [
      { name, value: cpu, unit: 'ms CPU', budget: 150 },
      { name, value: await memoryMiB(program), unit: 'MiB', budget: 55 },
    ];
  });
}

/** The process of a seed from its start to its end, with a device created and two codes computed in between. */
async function seedProcess({ node, runs }: Settings): Promise<readonly Figure[]> {
  const sandbox = Sandbox.create();
  const endpoint = await sandbox.listen();
  // The command sets the last one itself.
  const env = { ...quietEnvironment(), AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
  let devices = 0;
  async function live(program: { readonly node: string; readonly args: readonly string[] }): Promise<void> {
    const session = { ...sandbox.administrator, region: 'eu-central-1', endpoint };
    const phase = new RemoteSeedPhase(
      { aws: { session: async () => session }, onCall: () => undefined },
      () => startSeedProcess({ ...program, env, platform: process.platform }),
    );
    await phase.createDevice({ path: '/p/', name: `n${devices++}`, tags: {} });
    await phase.pair(2);
    await phase.end();
  }
  try {
    return await withTemporaryFolder(async (folder) => {
      const file = join(folder, 'usage');
      const program = join(BUILD, 'seed-phase.js');
      let cpu = Number.POSITIVE_INFINITY;
      for (let run = 0; run < runs; run++) {
        await live({ node: '/bin/bash', args: timed(file, [node, program]) });
        cpu = Math.min(cpu, readCpuMs(file));
      }
      await live({ node, args: [...memoryFlags(), program, file] });
      const name = 'the process of a seed';
      return [
        { name, value: cpu, unit: 'ms CPU', budget: 100 },
        { name, value: readMemoryMiB(file), unit: 'MiB', budget: 55 },
      ];
    });
  } finally {
    await sandbox.close();
  }
}

async function synth({ node, runs }: Settings): Promise<readonly Figure[]> {
  return withTemporaryFolder(async (folder) => {
    const program: Program = {
      file: node,
      args: [join(ROOT, 'node_modules/aws-cdk/bin/cdk'), 'synth', '--quiet', '--output', join(folder, 'out')],
      env: {
        PATH: process.env.PATH,
        HOME: folder,
        // The validator of aws-cdk-lib is not ours to make faster.
        CDK_VALIDATION: 'false',
        CDK_DISABLE_CLI_TELEMETRY: '1',
        CDK_DISABLE_VERSION_CHECK: '1',
        AWS_REGION: 'eu-central-1',
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      },
      cwd: ROOT,
    };
    const [cpu = 0] = await leastCpuMs([program], Math.ceil(runs / 3));
    return [
      {
        name: "cdk synth of the example without aws-cdk-lib's validator",
        value: round(cpu / 1000, 2),
        unit: 's CPU',
        budget: 3,
      },
    ];
  });
}

/** The tarballs as npm packs them; that of the constructs is built by `npm run package` and measured if it is there. */
async function tarballs(): Promise<readonly Figure[]> {
  const dist = join(ROOT, 'dist');
  const packed = readable(dist).find((file) => /^cdk-mfa-guardrails-.*\.tgz$/.test(file));
  return withTemporaryFolder(async (folder) => {
    await execute({ file: 'npm', args: ['pack', '--pack-destination', folder], cwd: join(ROOT, 'runbook') });
    const files: readonly (readonly [string, string, number])[] = [
      ...readdirSync(folder).map((file) => ['mfa-runbook', join(folder, file), 300] as const),
      ...(packed === undefined ? [] : [['cdk-mfa-guardrails', join(dist, packed), 450] as const]),
    ];
    return files.map(([name, path, budget]) => ({
      name: `the tarball of ${name}`,
      value: round(statSync(path).size / 1000, 1),
      unit: 'KB',
      budget,
    }));
  });
}

function readable(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

async function tests(): Promise<readonly Figure[]> {
  const start = performance.now();
  const [cpu = 0] = await leastCpuMs([{ file: 'npm', args: ['test'], cwd: ROOT }], 1);
  const name = `npm test on ${cpus().length} cores`;
  return [
    { name, value: Math.round((performance.now() - start) / 1000), unit: 's', budget: 75 },
    { name, value: Math.round(cpu / 1000), unit: 's CPU', budget: 130 },
  ];
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
