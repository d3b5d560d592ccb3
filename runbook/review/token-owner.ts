/** Finds whose token this is, according to the record and to IAM. Changes nothing. */
import { placeOfDevice } from '../../lib/record/devices';
import { type DeviceName, parseRootDeviceName, rootHolder } from '../../lib/record/names';
import type { FleetRecord } from '../../lib/record/record';
import type { Aws, VirtualDevice } from '../aws/aws';
import { readRecord } from '../record/declared-token';

/** A place that the record declares for a serial. */
interface DeclaredPlace {
  /** The holder and the slot; `spare` for a token in stock. */
  readonly place: string;
  readonly profile?: number;
  readonly custody?: string;
}

/** Everything that is known of a serial. */
interface TokenOwner {
  readonly declared: readonly DeclaredPlace[];
  /** Devices of this serial, of any fleet of the account. */
  readonly devices: readonly VirtualDevice[];
}

/** Reads the record of a fleet and the devices of the account. Throws RecordError and AwsFault. */
export async function findOwner(
  aws: Pick<Aws, 'parametersBelow' | 'virtualDevices'>,
  fleet: string,
  serial: string,
): Promise<TokenOwner> {
  const [{ record }, devices] = await Promise.all([readRecord(aws, fleet), aws.virtualDevices()]);
  return {
    declared: declaredFor(record, serial),
    devices: devices.filter((device) => nameOf(device)?.serial === serial),
  };
}

/** Reads the name of a virtual device: of a root user it has another form. */
function nameOf({ arn, user = '', isRoot }: VirtualDevice): DeviceName | undefined {
  const account = /^arn:[^:]*:iam::(\d{12}):/.exec(arn)?.[1] ?? '';
  const isOfRoot = isRoot === true || parseRootDeviceName(arn.slice(arn.lastIndexOf('/') + 1)) !== undefined;
  return placeOfDevice({ arn, holder: isOfRoot ? rootHolder(account) : user }, []);
}

function declaredFor({ holders, roots, spares }: FleetRecord, serial: string): readonly DeclaredPlace[] {
  const owners = [...holders, ...roots.map(({ account, tokens }) => ({ name: rootHolder(account), tokens }))];
  const held = owners.flatMap(({ name, tokens }) =>
    tokens.map((token) => ({ token, place: `${name} ${token.slot}` })),
  );
  return [...held, ...spares.map((token) => ({ token, place: 'spare' }))]
    .filter(({ token }) => token.serial === serial)
    .map(({ token: { profile, custody }, place }) => ({
      place,
      ...(profile === undefined ? {} : { profile }),
      ...(custody === undefined ? {} : { custody }),
    }));
}
