export { BreakGlassUser, type BreakGlassUserProps } from './break-glass';
export { GuardrailsStack, type GuardrailsStackProps } from './guardrails-stack';
export {
  MfaEnforcedGroup,
  type MfaEnforcedGroupProps,
  MfaEnforcementPolicy,
  type MfaEnforcementPolicyProps,
  MfaSelfService,
} from './mfa-enforcement';
export { MfaPrincipal, MfaRole, type MfaRoleProps, type RequireMfaProps, requireMfa } from './mfa-trust';
export { RunbookOperator, type RunbookOperatorProps } from './runbook-operator';
export { TokenInventory } from './token-inventory';
export { TokenRecord, type TokenRecordProps } from './token-record';
