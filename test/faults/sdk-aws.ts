/**
 * The AWS port as it is in the command: the real SDK over loopback, its own retries included. Each call takes its turn as
 * a whole; its fault is met by every request that the SDK makes for it.
 */
import type { Server } from 'node:http';
import type { Aws } from '../../runbook/aws/aws';
import { connectAws } from '../../runbook/aws/connect';
import type { AwsSettings } from '../../runbook/aws/session';
import { cloudTrail } from '../sandbox/cloudtrail';
import { inProtocol } from '../sandbox/common-errors';
import { type ClientCall, Dispatcher } from '../sandbox/dispatcher';
import { ConnectionDropped, Intercepted } from '../sandbox/faults';
import { listen, urlOf } from '../sandbox/http-server';
import { iam } from '../sandbox/iam';
import type { JsonObject } from '../sandbox/operation';
import { resolveSettings } from '../sandbox/settings';
import { ssm } from '../sandbox/ssm';
import { State } from '../sandbox/state';
import { sts } from '../sandbox/sts';
import { ANSWERS, LATE_MS, lastsBeyondFirst } from './direct-aws';
import type { Fault } from './fault';
import type { WayOut } from './outside';
import type { Process } from './scheduler';
import type { World } from './world';

const PAGE = '<html><body><p>blocked</p></body></html>';

/** Answers of intermediaries: pages and empty bodies in place of any status, and a body that is cut. */
export const INTERCEPTIONS = {
  'a page with 200': new Intercepted(200, { 'content-type': 'text/html' }, PAGE),
  'a page with 302': new Intercepted(302, { location: 'http://portal.test/' }, PAGE),
  'a page with 403': new Intercepted(403, { 'content-type': 'text/html' }, PAGE),
  'nothing with 200': new Intercepted(200, {}, ''),
  'nothing with 403': new Intercepted(403, {}, ''),
  'a cut body': new Intercepted(
    200,
    { 'x-amzn-requestid': 'kept', 'content-length': '4000' },
    '<EnableMFADeviceResponse>',
  ),
} as const;

export type Interception = keyof typeof INTERCEPTIONS;

/** Serves a world over HTTP. Signatures are not judged here: the sandbox's own tests do that. */
export class FrontDesk extends Dispatcher {
  /** Whose calls come in: one process at a time. */
  #process: Process | undefined;
  #fault: Fault | undefined;
  #requests = 0;
  #server: Server | undefined;

  private constructor(
    private readonly world: World,
    private readonly interception: Intercepted,
  ) {
    super(new State(resolveSettings({})));
    for (const service of [iam, sts, ssm, cloudTrail]) {
      this.register(service);
    }
  }

  /** @param interception what an intermediary answers, if a fault says that one does */
  public static async open(world: World, interception: Intercepted): Promise<FrontDesk> {
    const desk = new FrontDesk(world, interception);
    desk.#server = await listen(desk, world.clock.now, 0);
    return desk;
  }

  public override async serve({ service, operation, input, region }: ClientCall): Promise<JsonObject> {
    const process = this.#process;
    if (process === undefined) {
      throw new Error(`nobody called ${operation}`);
    }
    const isFirst = this.#requests++ === 0;
    const fault = isFirst || lastsBeyondFirst(this.#fault) ? this.#fault : undefined;
    const answer = fault === undefined ? undefined : ANSWERS[fault];
    if (answer !== undefined) {
      throw inProtocol(answer, this.serviceNamed(service)?.protocol ?? 'awsQuery');
    }
    if (fault === 'lost-before') {
      throw new ConnectionDropped('none');
    }
    if (fault === 'intercepted-before') {
      throw this.interception;
    }
    if (fault === 'late') {
      this.world.clock.advance(LATE_MS);
    }
    const served = this.world.serve(process, service, operation, input, region);
    if (fault !== 'lost-after' && fault !== 'lost-after-all' && fault !== 'intercepted-after') {
      return served;
    }
    await served.catch(() => undefined);
    if (fault === 'intercepted-after') {
      throw this.interception;
    }
    throw new ConnectionDropped('done');
  }

  /** The port for a process. */
  public connect(process: Process, outside: WayOut, settings: AwsSettings): Aws {
    if (this.#server === undefined) {
      throw new Error('the front desk is closed');
    }
    const endpoint = urlOf(this.#server);
    const { credentials } = this.world;
    const aws = connectAws({ ...settings, region: 'eu-central-1', endpoint, credentials });
    return byTurns(aws, outside, (fault) => {
      this.#process = process;
      this.#fault = fault;
      this.#requests = 0;
    });
  }

  public async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) {
      return;
    }
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }
}

/** Every method of the port, each as one external call. */
function byTurns(aws: Aws, outside: WayOut, onTurn: (fault: Fault | undefined) => void): Aws {
  function turn<A extends readonly unknown[], T>(name: string, method: (...args: A) => Promise<T>) {
    return (...args: A): Promise<T> =>
      outside.call('aws', name, (fault) => {
        onTurn(fault);
        return method(...args);
      });
  }
  return {
    session: aws.session,
    renewSession: aws.renewSession,
    identity: turn('sts:GetCallerIdentity', aws.identity),
    parametersBelow: turn('ssm:GetParametersByPath', aws.parametersBelow),
    parameter: turn('ssm:GetParameter', aws.parameter),
    putParameter: turn('ssm:PutParameter', aws.putParameter),
    devicesOf: turn('iam:ListMFADevices', aws.devicesOf),
    virtualDevices: turn('iam:ListVirtualMFADevices', aws.virtualDevices),
    users: turn('iam:ListUsers', aws.users),
    summary: turn('iam:GetAccountSummary', aws.summary),
    passwordExpiry: turn('iam:GetAccountPasswordPolicy', aws.passwordExpiry),
    getDevice: turn('iam:GetMFADevice', aws.getDevice),
    accountAliases: turn('iam:ListAccountAliases', aws.accountAliases),
    consoleSignIns: turn('cloudtrail:LookupEvents', aws.consoleSignIns),
    inAccount: turn('sts:AssumeRole', aws.inAccount),
    deviceTags: turn('iam:ListMFADeviceTags', aws.deviceTags),
    createDevice: turn('iam:CreateVirtualMFADevice', aws.createDevice),
    deleteDevice: turn('iam:DeleteVirtualMFADevice', aws.deleteDevice),
    enableDevice: turn('iam:EnableMFADevice', aws.enableDevice),
    resyncDevice: turn('iam:ResyncMFADevice', aws.resyncDevice),
    deactivateDevice: turn('iam:DeactivateMFADevice', aws.deactivateDevice),
  };
}
