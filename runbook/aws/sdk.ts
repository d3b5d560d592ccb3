/**
 * The AWS SDK, as one module that is loaded when the first call is made. The build puts it into a file of its own:
 * compiled with the command it would cost every `--help` some forty milliseconds.
 */
export * as iam from '@aws-sdk/client-iam';
export * as ssm from '@aws-sdk/client-ssm';
export * as sts from '@aws-sdk/client-sts';
export { defaultProvider } from '@aws-sdk/credential-provider-node';
