/** The place on a physical token that holds the seed of a virtual device, as far as the device's name tells. */
import { placeOfDevice } from '../../lib/record/devices';
import { type DeviceName, parseDeviceArn, rootHolder } from '../../lib/record/names';
import { OWN_ACCOUNT } from '../../lib/record/record';
import type { VirtualDevice } from '../aws/aws';

/** Reads the name of a device of any fleet, or one that a person typed in the console for root. */
export function seedPlaceOf({ arn }: Pick<VirtualDevice, 'arn'>): DeviceName | undefined {
  return parseDeviceArn(arn) ?? placeOfDevice({ arn, holder: rootHolder(OWN_ACCOUNT) }, []);
}
