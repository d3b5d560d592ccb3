/** `mfa-runbook evidence list | verify | certificate`: none of them changes anything in AWS. */
import type { Command } from 'commander';
import { addEvidenceCertificate } from './evidence-certificate';
import { addEvidenceList } from './evidence-list';
import { addEvidenceVerify } from './evidence-verify';
import type { Run } from './options';

export function addEvidence(program: Command, run: Run): void {
  const group = program.command('evidence').summary('list, verify and certify the evidence of ceremonies');
  addEvidenceList(group, run);
  addEvidenceVerify(group, run);
  addEvidenceCertificate(group, run);
}
