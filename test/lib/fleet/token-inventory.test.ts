import { TokenInventory } from '../../../lib/index';
import { FLEET_YAML, smallFleet } from '../fixtures';

test('an inventory tells its fleet, holders, tokens and generation', () => {
  const inventory = smallFleet();

  expect(inventory).toMatchObject({
    fleet: 'break-glass',
    holderNames: ['alice.breakglass', 'bob.breakglass'],
    tokenCount: 4,
    generation: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
});

test('another token is another generation, another order is not', () => {
  const replaced = FLEET_YAML.replace('86596220000003', '86596220000004');
  const commented = `# reviewed\n${FLEET_YAML}`;

  expect(TokenInventory.fromYaml(replaced, 'tokens.yaml').generation).not.toBe(smallFleet().generation);
  expect(TokenInventory.fromYaml(commented, 'tokens.yaml').generation).toBe(smallFleet().generation);
});

test('a mistake is refused with its file and line', () => {
  const twice = FLEET_YAML.replace('86596220000003', '86596220000001');

  expect(() => TokenInventory.fromYaml(twice, 'fleets/tokens.yaml')).toThrow(
    /^fleets\/tokens\.yaml:\d+:\d+: .*86596220000001/,
  );
});
