"""The proof that each permission of the role is needed, and that nothing else is there.

docs/permissions.md is the list. For each of its rows the permission is taken from the deployed role, the named check must fail, and
with the permission it must pass again.
"""

import contextlib
import copy
import json
import re

from .world import ACCOUNT, DOMAIN, FLOOR, REGION, ROOT, STACK, SWEEP, Failure, changed_event, equal, expect


def rows():
    """(permission, check) of each row of docs/permissions.md that is in every deployment."""
    text = (ROOT / "docs" / "permissions.md").read_text().split("## Only with a parameter")[0]
    return re.findall(r"^\| `([a-z-]+:[A-Za-z*]+)` \|.*\| `([a-z-]+)` \|$", text, re.M)


def prove(world):
    listed, granted = rows(), {}
    for policy in world.iam.list_role_policies(RoleName=world.role)["PolicyNames"]:
        if policy == "user-pool-keys":  # MiniStack makes it always: it knows no Fn::Join in a condition
            continue
        document = world.iam.get_role_policy(RoleName=world.role, PolicyName=policy)["PolicyDocument"]
        for statement in document["Statement"]:
            for action in as_list(statement["Action"]):
                granted[action] = (policy, document)
    equal(sorted(action for action, _ in listed), sorted(granted), "the list of permissions in docs/permissions.md")
    expect(not world.iam.list_attached_role_policies(RoleName=world.role)["AttachedPolicies"], "the role has managed policies")
    with world.events_off(), topic_of_others(world):
        for check in dict.fromkeys(check for _, check in listed):
            if check != "simulated":
                CHECKS[check](world)
        for action, check in listed:
            prove_one(world, action, check, *granted[action])


@contextlib.contextmanager
def topic_of_others(world):
    """A new topic's policy lets everybody in the account publish, whatever their own policies say. An existing one's may not."""
    topic = world.outputs["NoticeTopic"]
    before = world.sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
    owner = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sns:Publish", "Resource": topic}
    world.sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps({"Version": "2012-10-17", "Statement": [owner]}))
    try:
        yield
    finally:
        world.sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=before)


def prove_one(world, action, check, policy, document):
    holds = (lambda world: simulated(world, action)) if check == "simulated" else CHECKS[check]
    if check == "simulated":
        holds(world)
    with without(world, action, policy, document):
        try:
            holds(world)
        except Failure:
            return
    raise Failure(f"{action}: the check {check} passes without it")


@contextlib.contextmanager
def without(world, action, policy, document):
    """The role without one permission."""
    less = copy.deepcopy(document)
    for statement in less["Statement"]:
        statement["Action"] = [other for other in as_list(statement["Action"]) if other != action]
    less["Statement"] = [statement for statement in less["Statement"] if statement["Action"]]
    if less["Statement"]:
        world.iam.put_role_policy(RoleName=world.role, PolicyName=policy, PolicyDocument=json.dumps(less))
    else:
        world.iam.delete_role_policy(RoleName=world.role, PolicyName=policy)
    try:
        yield
    finally:
        world.iam.put_role_policy(RoleName=world.role, PolicyName=policy, PolicyDocument=json.dumps(document))


# ── Checks. Each raises Failure when something does not work. ──────────────────────────────────────────────────────────────────


def revert(world):
    """An event of a foreign change: the domain is back at its baseline when the invocation ends."""
    world.change()
    world.invoke(world.guard, changed_event(world))
    equal(world.policy(), FLOOR, f"the policy of {DOMAIN}")


def notice(world):
    """And people are told."""
    world.notices_seen.clear()
    world.read_notices()
    world.notices_seen.clear()
    world.change()
    world.invoke(world.guard, changed_event(world))
    world.notice("reverted", seconds=1.5)


def sweep(world):
    """A sweep sees the account's one domain and puts it back."""
    world.change()
    answer, _ = world.invoke(world.sweeper, SWEEP)
    equal((answer.get("sweep") or {}).get("domains"), 1, "the number of domains that the sweep saw")
    equal(world.policy(), FLOOR, f"the policy of {DOMAIN}")


def simulated(world, action):
    """What AWS does in the role's name and MiniStack does not enforce: its IAM simulator is asked, about the deployed resources."""
    service = action.split(":")[0]
    resources = {
        "sqs": [world.queue_arn(world.outputs["RecheckQueue"])] + [world.queue_arn(world.outputs["DeadLetterQueue"])] * (action == "sqs:SendMessage"),
        "logs": [f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{world.outputs[name]}:log-stream:2026/11/23/[$LATEST]0" for name in ("GuardLogs", "SweepLogs")],
        "cloudfront": ["arn:aws:cloudfront::444455556666:distribution/E1EXAMPLE"],  # Cognito's, in an account of its own
        "xray": ["*"],
        "ssm": [f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/cognito-domain-guard/{STACK}/overrides"],
    }[service]
    for resource in resources:
        (result,) = world.iam.simulate_principal_policy(PolicySourceArn=world.outputs["GuardRole"], ActionNames=[action], ResourceArns=[resource])["EvaluationResults"]
        equal(result["EvalDecision"], "allowed", f"the simulator's answer to {action} on {resource}")


def own_distributions_denied(world):
    """With DenyOwnDistributions the role may not touch a distribution of this account."""
    arn = f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1EXAMPLE"
    (result,) = world.iam.simulate_principal_policy(PolicySourceArn=world.outputs["GuardRole"], ActionNames=["cloudfront:UpdateDistribution"], ResourceArns=[arn])["EvaluationResults"]
    equal(result["EvalDecision"], "explicitDeny", "the simulator's answer about a distribution of this account")


CHECKS = {"revert": revert, "notice": notice, "sweep": sweep}


def as_list(value):
    return value if isinstance(value, list) else [value]
