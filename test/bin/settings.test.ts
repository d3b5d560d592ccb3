import { deploymentEnvironment } from '../../bin/settings';
import { NOT_REGIONS, REGIONS } from '../lib/regions';

test.each(Object.entries(REGIONS))('alarms can be deployed to the Regions of %s', (_partition, regions) => {
  for (const region of regions) {
    expect(deploymentEnvironment({ CDK_DEFAULT_REGION: region })).toEqual({ region });
  }
});

test('what is no Region is refused before anything is synthesized', () => {
  for (const region of [...NOT_REGIONS, undefined]) {
    expect(() => deploymentEnvironment({ CDK_DEFAULT_REGION: region })).toThrow(
      "alarms need a known Region, but the Region is '",
    );
  }
});

test('a misspelled Region is refused, with the one that was meant', () => {
  expect(() => deploymentEnvironment({ CDK_DEFAULT_REGION: 'eu-centrol-1' })).toThrow(
    "the Region is 'eu-centrol-1', which CDK does not know; did you mean eu-central-1?",
  );
});

test('the account is taken where the command knows it', () => {
  expect(
    deploymentEnvironment({ CDK_DEFAULT_ACCOUNT: '111122223333', CDK_DEFAULT_REGION: 'eusc-de-east-1' }),
  ).toEqual({ account: '111122223333', region: 'eusc-de-east-1' });
});
