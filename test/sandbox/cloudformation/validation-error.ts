/** Creates the error that CloudFormation uses for almost everything wrong with a request or a template. */

import { AwsError } from '../operation';

export function validationError(message: string): AwsError {
  return new AwsError('ValidationError', 400, message);
}
