/**
 * Deployed functions with inline Node.js code. The code runs in this process, as its role: SSM's own client
 * talks to the sandbox over HTTP with the role's credentials, as CloudTrail's does, and SNS's is a stand-in with the one command
 * that publishes. A failure is not retried; its on-failure destination is called at once.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */

import { randomUUID } from 'node:crypto';
import { Script } from 'node:vm';
import type { Credentials } from '../caller';
import { isObject, toText } from '../cloudformation/json';
import { functionType, invokeConfigType, permissionType } from '../cloudformation/resources/lambda';
import { AwsError, type JsonObject } from '../operation';
import type { State } from '../state';
import type { StoredResource } from '../stored-resources';
import { startSession } from '../sts';
import { sdkFor } from './function-sdk';

/** The connection of a function to AWS. */
export interface Reach {
  /** URL of the sandbox. @throws Error while it does not listen */
  endpoint(): string;
  publish(credentials: Credentials, input: JsonObject): Promise<JsonObject>;
}

const sessionSeconds = 3600;

type Handler = (event: JsonObject, context: object) => unknown;

export class Functions {
  public constructor(
    private readonly state: State,
    private readonly reach: Reach,
  ) {}

  /** The resource policy of a function: a statement for each AWS::Lambda::Permission. */
  public policyOf(arn: string): string {
    const { name } = this.#at(arn);
    const statements = this.state.stored
      .ofType(permissionType)
      .filter(({ properties }) => [name, arn].includes(toText(properties.FunctionName) ?? ''))
      .map(({ physicalId, properties: { Principal, Action, SourceArn, SourceAccount } }) => ({
        Sid: physicalId.replace(/\W/g, ''),
        Effect: 'Allow',
        Principal: { Service: Principal },
        Action,
        Resource: arn,
        Condition: {
          ...(SourceArn === undefined ? {} : { ArnLike: { 'aws:SourceArn': SourceArn } }),
          ...(SourceAccount === undefined ? {} : { StringEquals: { 'aws:SourceAccount': SourceAccount } }),
        },
      }));
    return JSON.stringify({ Version: '2012-10-17', Statement: statements });
  }

  /** Runs a function with an event, as an asynchronous invocation does. */
  public async invoke(arn: string, event: JsonObject): Promise<void> {
    const found = this.#at(arn);
    const { Role } = found.properties;
    const credentials = credentialsOf(this.state, toText(Role) ?? '', found.name);
    try {
      await this.#handlerOf(found, credentials)(event, {
        functionName: found.name,
        awsRequestId: randomUUID(),
      });
    } catch (thrown) {
      const reason = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
      await this.#fail(arn, found, credentials, event, reason);
    }
  }

  #at(arn: string): StoredResource {
    const found = this.state.stored.ofType(functionType).find(({ attributes }) => attributes.Arn === arn);
    if (!found) {
      throw new AwsError('NotFound', 404, `Function not found: ${arn}`);
    }
    return found;
  }

  #handlerOf({ properties, region }: StoredResource, credentials: Credentials): Handler {
    const { Code, Handler: handler, Environment } = properties;
    const code = isObject(Code) ? toText(Code.ZipFile) : undefined;
    if (code === undefined) {
      throw new Error('the sandbox runs inline code only');
    }
    const [, name = ''] = (toText(handler) ?? '').split('.');
    const module: { exports: Record<string, unknown> } = { exports: {} };
    const sdk = sdkFor({ region, credentials, ...this.reach });
    const variables = isObject(Environment) && isObject(Environment.Variables) ? Environment.Variables : {};
    const run = new Script(`(function (exports, require, module, process) {${code}\n})`).runInThisContext();
    run(module.exports, sdk, module, { env: { AWS_REGION: region, ...variables } });
    const exported = module.exports[name];
    if (typeof exported !== 'function') {
      throw new Error(`${handler} is undefined or not exported`);
    }
    return exported as Handler;
  }

  async #fail(
    arn: string,
    { name }: StoredResource,
    credentials: Credentials,
    event: JsonObject,
    reason: string,
  ): Promise<void> {
    const config = this.state.stored
      .ofType(invokeConfigType)
      .find(({ properties }) => [name, arn].includes(toText(properties.FunctionName) ?? ''));
    const destinations = config?.properties.DestinationConfig;
    const onFailure =
      isObject(destinations) && isObject(destinations.OnFailure) ? destinations.OnFailure : {};
    const to = toText(onFailure.Destination) ?? '';
    this.state.outbox.fail({ from: arn, to, reason });
    if (!to.includes(':sns:')) {
      return;
    }
    const record = {
      version: '1.0',
      timestamp: new Date(this.state.settings.clock.now()).toISOString(),
      requestContext: {
        functionArn: `${arn}:$LATEST`,
        condition: 'RetriesExhausted',
        approximateInvokeCount: 3,
      },
      requestPayload: event,
      responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
      responsePayload: { errorMessage: reason },
    };
    await this.reach.publish(credentials, { TopicArn: to, Message: JSON.stringify(record) });
  }
}

/** Starts a session of the function's role. @throws AwsError ValidationError when the role does not exist */
function credentialsOf(state: State, roleArn: string, functionName: string): Credentials {
  const role = [...state.roles.values()].find(({ arn }) => arn === roleArn);
  if (!role) {
    throw new AwsError('ValidationError', 400, `the role ${roleArn} does not exist`);
  }
  const { accessKeyId, secret, token } = startSession(state, {
    kind: 'role-session',
    principalId: role.id,
    principalName: role.name,
    sessionName: functionName,
    mfaAt: undefined,
    tags: new Map(),
    seconds: sessionSeconds,
  });
  return { accessKeyId, secretAccessKey: secret, sessionToken: token };
}
