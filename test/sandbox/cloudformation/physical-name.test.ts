import { generateName } from './physical-name';

test('a generated name holds the stack, the logical ID and twelve random characters', () => {
  expect(generateName('Guardrails', 'AliceD4D33764', 64)).toMatch(/^Guardrails-AliceD4D33764-[A-Z0-9]{12}$/);
});

test('two generated names differ', () => {
  expect(generateName('Stack', 'Role', 64)).not.toBe(generateName('Stack', 'Role', 64));
});

test.each([
  ['long', 'L'.repeat(100), `^s{25}-L{25}-[A-Z0-9]{12}$`, 's'.repeat(100)],
  ['a long stack name', 'Role', `^s{46}-Role-[A-Z0-9]{12}$`, 's'.repeat(100)],
  ['a long logical ID', 'L'.repeat(100), `^Stack-L{45}-[A-Z0-9]{12}$`, 'Stack'],
])('%s is cut to what IAM takes', (_what, logicalId, pattern, stack) => {
  const name = generateName(stack, logicalId, 64);
  expect(name).toMatch(new RegExp(pattern));
  expect(name).toHaveLength(64);
});
