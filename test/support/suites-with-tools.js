/** The suites that start `cdk`, `aws`, a compiler or many processes of ours, run cdk-nag or read pictures: `npm run test:tools`. */
module.exports = [
  'test/bin/guardrails.test.ts',
  'test/lib/examples.test.ts',
  'test/lib/alarms/alarm-nag.test.ts',
  'test/lib/alarms/one-template.test.ts',
  'test/lib/organization/organization-guardrails-nag.test.ts',
  'test/runbook/files/file-lock-races.test.ts',
  'test/runbook/files/strange-files.test.ts',
  'test/runbook/seed-phase/process.test.ts',
  'test/runbook/seed-phase/remote-process.test.ts',
  'test/runbook/seed-source/picture.test.ts',
  'test/runbook/seed-source/two-hundred-pictures.test.ts',
  'test/runbook/signin/aws-cli.test.ts',
  'test/sandbox/aws-cli.test.ts',
  'test/sandbox/bootstrap.test.ts',
  'test/sandbox/cdk-deploy.test.ts',
  'test/sandbox/main.test.ts',
];
