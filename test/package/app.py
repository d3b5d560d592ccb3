"""
The same app as `app.ts`, line by line, in Python.

    python app.py OUTDIR tokens.yaml
"""
import json
import re
import sys
from pathlib import Path

from aws_cdk import (
    Acknowledgment,
    App,
    Duration,
    Environment,
    LegacyStackSynthesizer,
    Stack,
    Validations,
    aws_iam as iam,
)
from cdk_mfa_guardrails import (
    BreakGlassRole,
    BreakGlassUser,
    GuardrailsStack,
    MfaAlarms,
    MfaChecks,
    MfaConformance,
    MfaConformancePack,
    MfaConformanceProps,
    MfaEnforcedGroup,
    MfaEnforcementBoundary,
    MfaEnforcementPolicy,
    MfaPrincipal,
    MfaRole,
    MfaSelfService,
    MfaServiceControlPolicy,
    OrganizationGuardrails,
    OrganizationMfaConformancePack,
    RunbookAuditor,
    RunbookOperator,
    TokenInventory,
    TokenRecord,
)

outdir, file = sys.argv[1:]
app = App(analytics_reporting=False, outdir=outdir)
inventory = TokenInventory.from_yaml(Path(file).read_text(encoding="utf8"), "tokens.yaml")
olga = iam.ArnPrincipal("arn:aws:iam::111122223333:user/olga")

# The whole, and a role for its holders.
guardrails = GuardrailsStack(
    app,
    "Guardrails",
    inventory=inventory,
    operators=[olga],
    existing_holders=["bob.breakglass"],
    operator_max_age=Duration.minutes(30),
    synthesizer=LegacyStackSynthesizer(),
)
emergency = MfaRole(
    guardrails,
    "Emergency",
    assumed_by=iam.AccountRootPrincipal(),
    max_age=Duration.minutes(15),
)
for holder in guardrails.holders:
    emergency.grant_assume_role(holder)

# The parts, each by itself.
parts = Stack(
    app,
    "Parts",
    env=Environment(account="111122223333", region="eu-central-1"),
    synthesizer=LegacyStackSynthesizer(),
)
developers = iam.Group(parts, "Developers")
MfaEnforcementPolicy(
    parts,
    "SelfService",
    self_service=MfaSelfService.ALL_DEVICES,
    allow_password_change=True,
    groups=[developers],
)
enforcement = MfaEnforcementPolicy(parts, "Enforcement", self_service=MfaSelfService.NONE)
group = MfaEnforcedGroup(parts, "Group", enforcement=enforcement)
carol = BreakGlassUser(parts, "Carol", user_name="carol.breakglass", group=group, path="/emergency/")
record = TokenRecord(parts, "Record", inventory=inventory)
auditors = iam.Role(
    parts,
    "Auditors",
    assumed_by=MfaPrincipal.require(iam.AccountPrincipal("111122223333")),
    external_ids=["a-secret-between-us"],
)
record.grant_read(auditors)
admin = MfaRole(
    parts,
    "Admin",
    assumed_by=MfaPrincipal.require(olga, max_age=Duration.minutes(5)),
)
admin.assume_role_policy.add_statements(
    iam.PolicyStatement(
        principals=[iam.AccountPrincipal("111122223333")],
        actions=["sts:AssumeRole", "sts:SetSourceIdentity"],
    )
)
RunbookOperator(parts, "Operator", record=record)
RunbookAuditor(parts, "Auditor", record=record, auditors=[olga])
break_glass = BreakGlassRole(parts, "BreakGlass", users=[carol], role_name="break-glass")
iam.PermissionsBoundary.of(carol).apply(
    MfaEnforcementBoundary(parts, "Boundary", max_age=Duration.hours(12))
)
MfaConformance(parts, "Conformance", users_without_password=False)
MfaConformancePack(parts, "Pack", pack_name="people-have-mfa")
MfaAlarms(
    parts,
    "Alarms",
    records=[record],
    break_glass_roles=[break_glass],
    email_addresses=["security@example.com"],
    regions=["us-east-1"],
)

# An organization.
organization = Stack(app, "Organization", synthesizer=LegacyStackSynthesizer())
OrganizationGuardrails(
    organization,
    "Guardrails",
    organizational_unit_ids=["ou-ab12-11112222"],
    exempt_users=["arn:aws:iam::*:user/ci/*"],
    conformance=MfaConformanceProps(users_without_password=False),
)
MfaServiceControlPolicy(organization, "Policy", self_service=MfaSelfService.NONE)
OrganizationMfaConformancePack(organization, "Pack", excluded_accounts=["444455556666"])

# The checks, and what they are told to let be.
Validations.of(app).add_plugins(MfaChecks())
partners = iam.Role(parts, "Partners", assumed_by=iam.AccountPrincipal("444455556666"))
Validations.of(partners).acknowledge(
    Acknowledgment(id="MfaChecks::RoleWithoutMfa", reason="MFA is asked for there")
)

# What is refused, and the message.
refusals = {}


def refused(what, construct):
    try:
        construct()
        refusals[what] = "not refused"
    except RuntimeError as error:
        # jsii puts the name of the JavaScript class before some messages, and not before others.
        refusals[what] = re.sub(r"^\w*Error: ", "", str(error))


def lax_break_glass():
    lax = MfaEnforcedGroup(spare, "Group", enforcement=MfaEnforcementPolicy(spare, "Enforcement"))
    BreakGlassUser(spare, "Dave", user_name="dave.breakglass", group=lax)


spare = Stack(App(analytics_reporting=False, outdir=str(Path(outdir) / "refused")), "Spare")
refused(
    "an inventory with mistakes",
    lambda: TokenInventory.from_yaml("fleet: Break Glass\nholders: {}\n", "bad.yaml"),
)
refused(
    "a service as principal",
    lambda: MfaPrincipal.require(iam.ServicePrincipal("lambda.amazonaws.com")),
)
refused("an age of two days", lambda: MfaPrincipal.require(olga, max_age=Duration.days(2)))
refused("the policy on a role", lambda: enforcement.attach_to_role(auditors))
refused(
    "a stranger among the holders",
    lambda: GuardrailsStack(app, "Stranger", inventory=inventory, existing_holders=["mallory"]),
)
refused("a break-glass user with self-service", lax_break_glass)

app.synth()
(Path(outdir) / "refusals.json").write_text(json.dumps(refusals), encoding="utf8")
