"""Deliberate faults in template.yaml: each must be caught, by scripts/check-template or by a stage of the deployment.

docs/e2e.md lists them; the list and this one must agree.
"""

import dataclasses
import importlib.machinery
import importlib.util
import logging
import re

from . import path, world as worlds
from .stage import Stage
from .world import ROOT, Failure, equal


@dataclasses.dataclass
class Fault:
    name: str
    old: str  # once in template.yaml
    new: str
    caught_by: str  # "check-template: words of the finding", or the last of some stages of the deployment


FAULTS = [
    # What the rule lets through, and what it calls.
    Fault("wrong-source", "source: [aws.cognito-idp]", "source: [aws.cognito]", "check-template: should match the pattern"),
    Fault("wrong-event-name", "UpdateUserPoolDomain, DeleteUserPoolDomain]", "UpdateUserPoolDomains, DeleteUserPoolDomain]", "check-template: should match the pattern"),
    Fault("empty-error-code-shut-out", 'errorCode: [{exists: false}, ""]', "errorCode: [{exists: false}]", "check-template: should match the pattern"),
    Fault("failed-calls-let-in", 'errorCode: [{exists: false}, ""]', 'errorCode: [{exists: false}, {exists: true}]', "check-template: should not match the pattern"),
    Fault("rule-disabled", "Default: ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", "Default: DISABLED", "check-template: is disabled"),
    Fault("rule-calls-the-sweep", "- Id: guard\n          Arn: !GetAtt GuardFunction.Arn", "- Id: guard\n          Arn: !GetAtt SweepFunction.Arn", "check-template: may not invoke"),
    Fault("rule-may-not-invoke", "SourceArn: !GetAtt DomainChangeRule.Arn\n", "SourceArn: !GetAtt DeploymentRule.Arn\n", "check-template: may not invoke"),
    Fault("undelivered-not-accepted", "- !GetAtt DomainChangeRule.Arn\n", "- !GetAtt DeploymentRule.Arn\n", "check-template: may not send"),
    # The recheck queue.
    Fault("queue-timeout-too-short", "VisibilityTimeout: 60", "VisibilityTimeout: 20", "check-template: shows a message again"),
    Fault("event-source-disabled", "Enabled: !If [Paused, false, true]", "Enabled: false", "check-template: nothing is ever looked at again"),
    Fault("held-counts-as-done", "FunctionResponseTypes: [ReportBatchItemFailures]", "FunctionResponseTypes: []", "check-template: ReportBatchItemFailures"),
    Fault("lambda-retries-itself", "MaximumRetryAttempts: 0", "MaximumRetryAttempts: 2", "check-template: Lambda would retry"),
    Fault("failures-sent-elsewhere", "OnFailure: {Type: SQS, Destination: !GetAtt RecheckQueue.Arn}", "OnFailure: {Type: SQS, Destination: !GetAtt UndeliveredQueue.Arn}", "check-template: may not send to"),
    Fault("too-few-looks", "maxReceiveCount: 90", "maxReceiveCount: 9", "deployed-values"),
    # The role.
    Fault("no-permission-to-update", "[cognito-idp:DescribeUserPool, cognito-idp:UpdateUserPoolDomain]", "[cognito-idp:DescribeUserPool]", "check-template: no permission for"),
    Fault("no-permission-to-look", "[cognito-idp:DescribeUserPoolDomain, cognito-idp:ListUserPools]", "[cognito-idp:ListUserPools]", "check-template: no permission for"),
    Fault("no-permission-to-publish", "Action: sns:Publish\n                Resource: !If", "Action: sns:ListTopics\n                Resource: !If", "check-template: no permission for"),
    Fault("permission-on-nothing", ":userpool/*", ":userpools/*", "check-template: No resources match"),
    Fault("permission-denied", "- Sid: RestoreDomains\n                Effect: Allow", "- Sid: RestoreDomains\n                Effect: Deny", "revert"),
    Fault("permission-for-another-region", "cognito-idp:${AWS::Region}:${AWS::AccountId}:userpool/*", "cognito-idp:us-east-1:${AWS::AccountId}:userpool/*", "revert"),
    # Topics, queues, alarms.
    Fault("change-not-published", "aws:SourceArn:\n                    - !GetAtt FunctionWatchRule.Arn\n", "aws:SourceArn:\n", "check-template: FunctionWatchRule: may not publish"),
    Fault("topic-for-everybody", "Principal: {AWS: !GetAtt GuardRole.Arn}", 'Principal: "*"', "check-template: allows everybody"),
    Fault("queue-without-tls", "Queues: [!Ref DeadLetterQueue]", "Queues: [!Ref RecheckQueue]", "check-template: has no policy"),
    Fault("alarm-on-nothing", "MetricName: SecondsOffBaseline", "MetricName: SecondsOff", "check-template: sends no metric"),
    # What the functions are told.
    Fault("baseline-elsewhere", "BASELINE: /opt/baseline.yaml", "BASELINE: /opt/baseline.yml", "revert"),
    Fault("another-role-is-the-guard", "GUARD_ROLE_ARN: !GetAtt GuardRole.Arn", "GUARD_ROLE_ARN: !Sub arn:aws:iam::${AWS::AccountId}:role/guard", "own-event"),
    # Sweeps.
    Fault("sweep-timeout-too-long", "Timeout: 900", "Timeout: 1000", "check-template: 1000"),
    Fault("updates-start-no-sweep", "status: [CREATE_COMPLETE, UPDATE_COMPLETE, UPDATE_ROLLBACK_COMPLETE]", "status: [CREATE_COMPLETE]", "sweep-after-deployment"),
    Fault("sweep-in-another-form", '"detail-type": "Scheduled Event"', '"detail-type": "Scheduled"', "sweep-after-deployment"),
    Fault("schedule-disabled", "State: !If [SweepsHere, ENABLED, DISABLED]", "State: DISABLED", "check-template: is disabled"),
]

# What must have passed before a stage can be tried.
BEFORE = {"revert": [], "own-event": ["revert", "notice"], "sweep-after-deployment": ["revert"], "deployed-values": []}


def stages():
    found = [next(stage for stage in path.STAGES if stage.name == "sam-build"), Stage("faults-are-listed", "docs/e2e.md lists these faults.", listed, False)]
    return found + [Stage(fault.name, f"caught by {fault.caught_by}", lambda world, fault=fault: try_fault(world, fault)) for fault in FAULTS]


def listed(_):
    text = (ROOT / "docs" / "e2e.md").read_text()
    rows = re.findall(r"^\| `([a-z-]+)` \|.*\| (.+) \|$", text.split("## Deliberate faults")[1], re.M)
    expected = [(fault.name, "`check-template`" if ":" in fault.caught_by else f"`{fault.caught_by}`") for fault in FAULTS]
    equal(rows, expected, "the list of faults in docs/e2e.md")


def try_fault(world, fault):
    text = (ROOT / "template.yaml").read_text()
    equal(text.count(fault.old), 1, f"how often {fault.old!r} is in template.yaml")
    template = world.work / "faulty.yaml"
    template.write_text(text.replace(fault.old, fault.new))
    catcher, _, words = fault.caught_by.partition(": ")
    if catcher == "check-template":
        found = []
        for name, check in check_template(template):
            found += [f"{name}: {finding}" for finding in check]
            if any(words in finding for finding in found):
                return
        raise Failure(f"check-template found {found or 'nothing'}")
    else:
        deploy_and_try(world, template, catcher)


def check_template(template):
    """The stages of scripts/check-template, with cfn-lint, which takes longest, at the end."""
    loader = importlib.machinery.SourceFileLoader("check_template", str(ROOT / "scripts" / "check-template"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_template", loader))
    loader.exec_module(module)
    module.TEMPLATE, work = template, {}
    logging.getLogger("samtranslator").setLevel(logging.ERROR)  # it warns of statistics
    for name, check in sorted(module.STAGES, key=lambda stage: stage[0] == "cfn-lint"):
        yield name, list(check(work))


def deploy_and_try(world, template, last):
    text = template.read_text().replace("CodeUri: . ", f"CodeUri: {ROOT / '.aws-sam' / 'build' / 'GuardFunction'} ")
    template.write_text(text.replace("ContentUri: baseline/ ", f"ContentUri: {worlds.BUILT / 'baseline'} "))
    by_name = {stage.name: stage for stage in path.STAGES}
    worlds.PATIENCE = 0.4  # what works, works in a second
    trial = worlds.World(world.work)
    try:
        trial.start_emulator()
        trial.deploy(template)
        trial.subscribe()
        for name in BEFORE[last]:
            by_name[name].run(trial)
        try:
            by_name[last].run(trial)
        except Failure:
            return
        raise Failure(f"the stage {last} passed")
    finally:
        trial.stop()
        worlds.PATIENCE = 1
