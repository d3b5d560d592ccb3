/**
 * Requests of the decision tables as calls of the sandbox's API: those of the tables' actions and places that
 * one call can aim at. A call that got past the policies may still fail, on something that is not there.
 */

import type { Credentials } from '../../sandbox/caller';
import { AwsError, type JsonObject, type ServiceName } from '../../sandbox/operation';
import type { Sandbox } from '../../sandbox/sandbox';
import type { Aim } from '../decisions/actions';
import { NO_RESOURCE, PLACES, type PlaceName } from '../decisions/places';

const ON_USERS = ['GetUser', 'ListMFADevices', 'EnableMFADevice', 'ResyncMFADevice', 'DeactivateMFADevice'];
const ON_DEVICES = ['CreateVirtualMFADevice', 'DeleteVirtualMFADevice', 'TagMFADevice', 'ListMFADeviceTags'];
const ON_PARAMETERS = ['GetParameter', 'GetParametersByPath', 'PutParameter'];
const ON_ACCOUNT = ['sts:GetCallerIdentity', 'iam:ListVirtualMFADevices', 'iam:GetAccountSummary'];

const USERS = ['the own user', 'another user', 'a holder at the path of the fleet'] as const;
const DEVICES = [
  'a device of any name',
  'a device under a path',
  "a device of somebody else's name",
  'a device of the fleet',
  'a device of another fleet',
] as const;
const PARAMETERS = ['the manifest', 'a page', 'evidence of a slot', "somebody else's parameter"] as const;

/** @param own the ARN of the user who asks; roles have none of their own to aim at */
export function aimsOf(own?: string): readonly Aim[] {
  function at(service: string, names: readonly string[], places: readonly PlaceName[]): Aim[] {
    return names.flatMap((name) =>
      places.map((on) => ({ action: `${service}:${name}`, on, resource: arnOf(on, own) })),
    );
  }
  const users = USERS.filter((place) => own !== undefined || place !== 'the own user');
  return [
    ...at('iam', ON_USERS, users),
    ...at('iam', ON_DEVICES, DEVICES),
    ...at('ssm', ON_PARAMETERS, PARAMETERS),
    ...ON_ACCOUNT.map((action) => ({ action, on: NO_RESOURCE, resource: () => '*' }) satisfies Aim),
  ];
}

function arnOf(on: PlaceName, own: string | undefined): Aim['resource'] {
  if (on === 'the own user' && own !== undefined) {
    return () => own;
  }
  return on in PLACES ? PLACES[on as keyof typeof PLACES].arn : () => '*';
}

/** Errors about what a call aims at: it got past the policies. */
const past = new Set([
  'DeleteConflict',
  'EntityAlreadyExists',
  'NoSuchEntity',
  'ParameterAlreadyExists',
  'ParameterNotFound',
]);

/** Tells whether the policies allow a call; undoes the call afterwards. */
export async function isAllowed(
  sandbox: Sandbox,
  credentials: Credentials,
  action: string,
  resource: string,
): Promise<boolean> {
  const [service, operation = ''] = action.split(':') as [ServiceName, string];
  try {
    await sandbox.call(credentials, service, operation, inputOf(operation, resource));
  } catch (error) {
    if (!(error instanceof AwsError)) {
      throw error;
    }
    if (/^AccessDenied/.test(error.code)) {
      return false;
    }
    // Anything but these says that the call never reached the policies, and would pass for an allow
    if (!past.has(error.code)) {
      throw error;
    }
    return true;
  }
  await undo(sandbox, operation, resource);
  return true;
}

async function undo(sandbox: Sandbox, operation: string, resource: string): Promise<void> {
  const admin = sandbox.administrator;
  if (operation === 'CreateVirtualMFADevice') {
    await sandbox.call(admin, 'iam', 'DeleteVirtualMFADevice', { SerialNumber: resource });
  }
  if (operation === 'PutParameter') {
    await sandbox.call(admin, 'ssm', 'DeleteParameter', { Name: parameterName(resource) });
  }
}

function inputOf(operation: string, resource: string): JsonObject {
  const name = resource.slice(resource.lastIndexOf('/') + 1);
  const codes = { AuthenticationCode1: '123456', AuthenticationCode2: '654321' };
  // No device has this ARN: what gets past the policies ends there
  const SerialNumber = resource.includes(':mfa/') ? resource : resource.replace(/:user\/.*/, ':mfa/nobodys');
  switch (operation) {
    case 'GetUser':
    case 'ListMFADevices':
      return { UserName: name };
    case 'EnableMFADevice':
    case 'ResyncMFADevice':
      return { UserName: name, SerialNumber, ...codes };
    case 'DeactivateMFADevice':
      return { UserName: name, SerialNumber };
    case 'CreateVirtualMFADevice':
      return { VirtualMFADeviceName: name, Path: resource.slice(resource.indexOf('/'), -name.length) };
    case 'DeleteVirtualMFADevice':
    case 'ListMFADeviceTags':
      return { SerialNumber };
    case 'TagMFADevice':
      return { SerialNumber, Tags: [{ Key: 'slot', Value: 'primary' }] };
    case 'GetParameter':
      return { Name: parameterName(resource) };
    case 'GetParametersByPath':
      return { Path: parameterName(resource) };
    case 'PutParameter':
      return { Name: parameterName(resource), Value: 'x', Type: 'String' };
    default:
      return {};
  }
}

function parameterName(arn: string): string {
  return arn.slice(arn.indexOf('/'));
}
