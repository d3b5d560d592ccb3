/**
 * Names of Regions of every partition, and texts that are none.
 *
 * @see https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
 */
export const REGIONS = {
  aws: [
    'us-east-1',
    'eu-central-1',
    'af-south-1',
    'ca-west-1',
    'il-central-1',
    'me-central-1',
    'mx-central-1',
    'ap-southeast-7',
  ],
  'aws-cn': ['cn-north-1', 'cn-northwest-1'],
  'aws-us-gov': ['us-gov-east-1', 'us-gov-west-1'],
  'aws-eusc': ['eusc-de-east-1'],
  'aws-iso': ['us-iso-east-1', 'us-iso-west-1'],
  'aws-iso-b': ['us-isob-east-1'],
  'aws-iso-e': ['eu-isoe-west-1'],
  'aws-iso-f': ['us-isof-south-1', 'us-isof-east-1'],
} as const;

export const NOT_REGIONS = [
  '',
  '*',
  'a-b-1',
  'aws-global',
  'eu-central',
  'eu-west-1a',
  'us-west-2-lax-1',
  'EU-CENTRAL-1',
  'eu--central-1',
  'us-east-1 ',
  'us-east-1\n',
  'sts.amazonaws.com',
];
