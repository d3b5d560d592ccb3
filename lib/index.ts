export { MfaAlarms, type MfaAlarmsProps } from './alarms/mfa-alarms';
export {
  MfaEventForwarding,
  type MfaEventForwardingProps,
  MfaEventForwardingStack,
  type MfaEventForwardingStackProps,
} from './alarms/mfa-event-forwarding';
export { BreakGlassUser, type BreakGlassUserProps } from './break-glass';
export { BreakGlassRole, type BreakGlassRoleProps } from './break-glass-role';
export { MfaChecks } from './checks/mfa-checks';
export { GuardrailsStack, type GuardrailsStackProps } from './guardrails-stack';
export { MfaConformance, type MfaConformanceProps } from './mfa-conformance';
export {
  MfaConformancePack,
  type MfaConformancePackProps,
  OrganizationMfaConformancePack,
  type OrganizationMfaConformancePackProps,
} from './mfa-conformance-pack';
export type { MfaConformanceRules } from './mfa-conformance-rules';
export {
  MfaEnforcedGroup,
  type MfaEnforcedGroupProps,
  MfaEnforcementPolicy,
  type MfaEnforcementPolicyProps,
} from './mfa-enforcement';
export { MfaEnforcementBoundary, type MfaEnforcementBoundaryProps } from './mfa-enforcement-boundary';
export { type MfaEnforcementRules, MfaSelfService } from './mfa-enforcement-rules';
export { MfaServiceControlPolicy, type MfaServiceControlPolicyProps } from './mfa-service-control-policy';
export { MfaPrincipal, MfaRole, type MfaRoleProps, type RequireMfaProps, requireMfa } from './mfa-trust';
export { OrganizationGuardrails, type OrganizationGuardrailsProps } from './organization-guardrails';
export { RunbookAuditor, type RunbookAuditorProps } from './runbook-auditor';
export { RunbookOperator, type RunbookOperatorProps } from './runbook-operator';
export { TokenInventory } from './token-inventory';
export { TokenRecord, type TokenRecordProps } from './token-record';
