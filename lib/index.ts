export type { IMfaAlarms } from './alarms/alarm-bus';
export { MfaAlarms, type MfaAlarmsProps } from './alarms/mfa-alarms';
export {
  MfaEventForwarding,
  type MfaEventForwardingProps,
  MfaEventForwardingStack,
  type MfaEventForwardingStackProps,
} from './alarms/mfa-event-forwarding';
export { BreakGlassRole, type BreakGlassRoleProps } from './break-glass/break-glass-role';
export { BreakGlassUser, type BreakGlassUserProps } from './break-glass/break-glass-user';
export { MfaChecks } from './checks/mfa-checks';
export { MfaConformance, type MfaConformanceProps } from './conformance/mfa-conformance';
export {
  MfaConformancePack,
  type MfaConformancePackProps,
  OrganizationMfaConformancePack,
  type OrganizationMfaConformancePackProps,
} from './conformance/mfa-conformance-pack';
export type { MfaConformanceRules } from './conformance/mfa-conformance-rules';
export {
  MfaEnforcementBoundary,
  type MfaEnforcementBoundaryProps,
} from './enforcement/mfa-enforcement-boundary';
export {
  MfaEnforcedGroup,
  type MfaEnforcedGroupProps,
  MfaEnforcementPolicy,
  type MfaEnforcementPolicyProps,
} from './enforcement/mfa-enforcement-policy';
export { type MfaEnforcementRules, MfaSelfService } from './enforcement/mfa-enforcement-rules';
export {
  MfaServiceControlPolicy,
  type MfaServiceControlPolicyProps,
} from './enforcement/mfa-service-control-policy';
export { TokenInventory } from './fleet/token-inventory';
export { TokenRecord, type TokenRecordProps } from './fleet/token-record';
export { GuardrailsStack, type GuardrailsStackProps } from './guardrails-stack';
export {
  OrganizationGuardrails,
  type OrganizationGuardrailsProps,
} from './organization/organization-guardrails';
export { RunbookAuditor, type RunbookAuditorProps } from './runbook-roles/runbook-auditor';
export { RunbookOperator, type RunbookOperatorProps } from './runbook-roles/runbook-operator';
export { MfaPrincipal, type RequireMfaProps, requireMfa } from './trust/mfa-principal';
export { MfaRole, type MfaRoleProps } from './trust/mfa-role';
