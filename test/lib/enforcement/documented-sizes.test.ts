/** The sizes in docs/constructs/enforcement.md are the actual ones. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { MfaSelfService } from '../../../lib/index';
import { policySize } from '../../support/policy-simulation';
import { FORM_NAMES, type FormName, templateOf } from './forms';

const text = readFileSync(join(__dirname, '..', '..', '..', 'docs', 'constructs', 'enforcement.md'), 'utf8');
function inWords(size: number): string {
  return size.toLocaleString('en-US');
}

test('of the managed policy in both modes', () => {
  const sizes = [MfaSelfService.ALL_DEVICES, MfaSelfService.NONE].map((selfService) =>
    inWords(policySize(templateOf('the managed policy', { selfService }))),
  );
  expect(text).toContain(`| size | ${sizes[0]} characters | ${sizes[1]} characters |`);
});

test('of the three forms, without and with a maximum age', () => {
  function sizes(form: FormName): string {
    return [{}, { maxAge: Duration.hours(12) }]
      .map((rules) => inWords(policySize(templateOf(form, rules))))
      .join(' / ');
  }
  const [policy, boundary, service] = FORM_NAMES.map(sizes);
  expect(text).toContain(`| ${policy} of 6,144 | ${boundary} of 6,144 | ${service} of 5,120 |`);
});
