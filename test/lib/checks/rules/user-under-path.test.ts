// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables and references of a template
import { userUnderPath } from '../../../../lib/checks/rules/user-under-path';
import { fixOf, permissions, verdictOf } from '../verdicts';

const ROOT = 'arn:aws:iam::*:user/${aws:username}';
function allow(Resource: unknown) {
  return { Effect: 'Allow', Action: 'iam:GetUser', Resource };
}

test.each([
  ['an Allow', allow(ROOT)],
  ['an Allow with devices', allow(['arn:aws:iam::*:mfa/*', ROOT])],
  ['a Deny of others', { Effect: 'Deny', Action: 'iam:EnableMFADevice', NotResource: ROOT }],
  ['next to one path', allow([ROOT, 'arn:aws:iam::*:user/people/${aws:username}'])],
])('users under a path are missed: %s', (_name, statement) => {
  expect(verdictOf(userUnderPath, permissions(statement))).toContain(`names ${ROOT} alone`);
  expect(fixOf(userUnderPath, permissions(statement))).toContain(
    'add arn:aws:iam::*:user/*/${aws:username};',
  );
});

test.each([
  ['both forms', allow([ROOT, 'arn:aws:iam::*:user/*/${aws:username}'])],
  ['any path, slash included', allow('arn:aws:iam::*:user/*${aws:username}')],
  ['every user', allow([ROOT, 'arn:aws:iam::*:user/*'])],
  ['one path on purpose', allow('arn:aws:iam::*:user/people/${aws:username}')],
  ['one user', allow('arn:aws:iam::111122223333:user/olga')],
])('users under a path are not missed: %s', (_name, statement) => {
  expect(verdictOf(userUnderPath, permissions(statement))).toBe('compliant');
});

test('it is not about other resources', () => {
  expect(verdictOf(userUnderPath, permissions(allow('arn:aws:iam::*:mfa/${aws:username}')))).toBe(
    'not applicable',
  );
});

test('it is a warning: there may be no users under a path', () => {
  expect(userUnderPath.severity).toBe('warning');
});
