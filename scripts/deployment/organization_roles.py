"""The proof that each permission and each condition of an organization's roles and bus is needed, and that nothing else is there.

docs/permissions.md, "In an organization", is the list. For each of its rows the permission is taken away, the named check must fail, and
with the permission it must pass again. The same goes for each condition, with a value that does not fit.
"""

import contextlib
import copy
import json
import os
import re
import subprocess

from . import doctor
from . import scp as service_control
from .permissions import as_list
from .place import SOON
from .world import ACCOUNT, FLOOR, ROOT, STACK, Failure, equal, expect

READER = "arn:aws:iam::" + ACCOUNT + ":role/Auditor*"
BUS = "cognito-domain-guard-hub"


def rows():
    """(role, permission, check) of each row."""
    text = (ROOT / "docs" / "permissions.md").read_text().split("## In an organization")[1].split("\n## ")[0]
    return re.findall(r"^\| (hub|member|forward|reader) \| `([a-z-]+:[A-Za-z]+)` \|.*\| `([a-z-]+)` \|$", text, re.M)


def inline(iam, role, but=()):
    """The role's policies by name: {name: document}."""
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return {name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names if name not in but}


def roles(world, place):
    """(kind, IAM, name, its policies) of each role. Of the hub's, what it has beyond the guard of one account."""
    hub, others = world.role, [name for name in inline(world.iam, world.role) if name != "organization"]
    yield "hub", world.iam, hub, inline(world.iam, hub, others)
    for kind in ("member", "forward", "reader"):
        yield kind, place.iam, place.role(kind), inline(place.iam, place.role(kind))


def prove(world):
    place = world.members[0]
    listed, deployed = rows(), list(roles(world, place))
    granted = {(kind, action) for kind, _, _, policies in deployed for document in policies.values() for s in document["Statement"] for action in as_list(s["Action"])}
    equal(sorted((kind, action) for kind, action, _ in listed), sorted(granted), "the permissions in docs/permissions.md, In an organization")
    checks = dict(revert=revert, hidden=hidden, elsewhere=elsewhere, hidden_elsewhere=hidden_elsewhere, forwarded=forwarded, look=look, examined=examined)
    by_row = {(kind, action): checks.get(check.replace("-", "_")) or simulated(kind, action) for kind, action, check in listed}
    for check in dict.fromkeys(by_row.values()):
        world.new_processes(world.guard)
        check(world, place)
    for kind, iam, role, policies in deployed:
        expect(not iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"], f"{role} has managed policies")
        for policy, document in policies.items():
            for what, less, actions in weaker(document):
                for check in dict.fromkeys(by_row[kind, action] for action in actions):
                    with replaced(iam, role, policy, document, less):
                        fails(world, place, check, f"{role}: {what}")
    the_forward_roles_trust(world, place)
    the_bus(world, place)
    world.new_processes(world.guard)
    revert(world, place)
    elsewhere(world, place)
    world.forget()


def weaker(document):
    """(what is missing or does not fit, the document without it, whose checks must fail) for each action and each condition."""
    for number, statement in enumerate(document["Statement"]):
        for action in as_list(statement["Action"]):
            less = copy.deepcopy(document)
            less["Statement"][number]["Action"] = [other for other in as_list(statement["Action"]) if other != action]
            less["Statement"] = [one for one in less["Statement"] if one["Action"]]
            yield f"without {action}", less, [action]
        for operator, keys in statement.get("Condition", {}).items():
            for key in keys:
                less = copy.deepcopy(document)
                less["Statement"][number]["Condition"][operator][key] = ["another"]
                yield f"with another {key}", less, as_list(statement["Action"])


@contextlib.contextmanager
def replaced(iam, role, policy, document, less):
    if less["Statement"]:
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(less))
    else:
        iam.delete_role_policy(RoleName=role, PolicyName=policy)
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))


def fails(world, place, check, what):
    world.new_processes(world.guard)
    try:
        check(world, place)
    except Failure:
        return
    raise Failure(f"{what}: the check {getattr(check, '__name__', 'simulated')} passes")


# ── Checks. Each raises Failure when something does not work. ──────────────────────────────────────────────────────────────────


def revert(world, place):
    """An event of a foreign change: the domain is back at its baseline when the invocation ends."""
    with place.events_off():
        place.change()
        world.invoke(world.guard, place.changed_event())
    equal(place.policy(), FLOOR, f"the policy of {place.domain}")


def hidden(world, place):
    """The same by an event that names the user pool only."""
    with place.events_off():
        place.change()
        event = place.changed_event()
        event["detail"]["requestParameters"] = {"domain": "HIDDEN_DUE_TO_SECURITY_REASONS", "userPoolId": place.pool}
        world.invoke(world.guard, event)
    equal(place.policy(), FLOOR, f"the policy of {place.domain}")


def elsewhere(world, _):
    revert(world, world.hub_elsewhere)


def hidden_elsewhere(world, _):
    hidden(world, world.hub_elsewhere)


def forwarded(_, place):
    """The change alone wakes the guard."""
    place.change()
    place.becomes(seconds=SOON)


def simulated(kind, action):
    """What AWS does in a role's name, or a sweep of the organization will: the IAM simulator is asked."""

    def check(world, place):
        resource = "arn:aws:cloudfront::444455556666:distribution/E1EXAMPLE" if action.startswith("cloudfront:") else "*"
        context = [{"ContextKeyName": "aws:RequestedRegion", "ContextKeyValues": [place.region], "ContextKeyType": "string"}]
        arn = f"arn:aws:iam::{place.account}:role/{place.role(kind)}"
        asked = place.iam.simulate_principal_policy(PolicySourceArn=arn, ActionNames=[action], ResourceArns=[resource], ContextEntries=context)
        (result,) = asked["EvaluationResults"]
        equal(result["EvalDecision"], "allowed", f"the simulator's answer to {action} on {resource}")

    return check


# ── What sends to the hub ──────────────────────────────────────────────────────────────────────────────────────────────────────


def the_forward_roles_trust(world, place):
    role = place.role("forward")
    trust = place.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    for what, less, _ in weaker(trust):
        with place.trusting(role, less):
            fails(world, place, forwarded, f"the trust of {role}: {what}")


def the_bus(world, place):
    """With a value that does not fit, nothing arrives. (What each condition keeps out: the stage forged-events.)"""
    policy = json.loads(world.events.describe_event_bus(Name=BUS)["Policy"])
    for what, less, _ in weaker(policy):
        if what.startswith("without") or what.endswith("aws:PrincipalOrgPaths"):
            continue  # the whole statement; who is left alone, which the stage members-deployed tries
        world.events.put_permission(EventBusName=BUS, Policy=json.dumps(less))
        try:
            fails(world, place, forwarded, f"the bus's policy: {what}")
        finally:
            world.events.put_permission(EventBusName=BUS, Policy=json.dumps(policy))


# ── People ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def auditor(world, name="Auditor"):
    """The session of a role in the hub's account that has the permissions of docs/organization.md, and no other."""
    with contextlib.suppress(world.iam.exceptions.EntityAlreadyExistsException):
        own = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
        world.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [own]}))
        (text,) = [block for block in blocks("json") if "MembersAsReader" in block]
        for placeholder, value in (("ORGANIZATION-ID", world.member_parameters["OrganizationId"]), ("HUB-ACCOUNT", ACCOUNT)):
            expect(placeholder in text, f"no {placeholder} in the permissions of docs/organization.md")
            text = text.replace(placeholder, value)
        world.iam.put_role_policy(RoleName=name, PolicyName="look", PolicyDocument=text)
    return world.sts.assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{name}", RoleSessionName="jane.doe")["Credentials"]


def blocks(kind):
    """The blocks of code of docs/organization.md in that language."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", (ROOT / "docs" / "organization.md").read_text(), re.M | re.S)


def reader(world, place, who="Auditor"):
    """The session of a member's role for people."""
    sts = world.hub.client("sts", auditor(world, who))
    return sts.assume_role(RoleArn=f"arn:aws:iam::{place.account}:role/{place.role('reader')}", RoleSessionName="jane.doe")["Credentials"]


def guardctl(place, session, *command):
    """A command on an account, in a member with the reader's session."""
    environment = {
        **os.environ, "AWS_ACCESS_KEY_ID": session["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
        "AWS_SESSION_TOKEN": session["SessionToken"], "AWS_REGION": place.region, "AWS_DEFAULT_REGION": place.region,
    }  # fmt: skip
    return subprocess.run([str(doctor.guardctl()), *command], env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)


def look(world, place):
    """`guardctl plan` sees the member's domain and what is wrong with it."""
    with place.events_off():
        place.change()
    done = guardctl(place, reader(world, place), "plan", "--baseline", ROOT / "baseline" / "baseline.yaml")
    expect(done.returncode == 2 and place.domain in done.stdout, f"guardctl plan ended with {done.returncode}: {done.stdout}")


def coverage(world, *options):
    """{(account, region): (coverage, {check: what was found, but where it is well})} as `guardctl doctor --organization` has it."""
    done = guardctl(world.hub, auditor(world), "doctor", "--organization", "--stack", STACK, "--format", "json", *options)
    expect(done.stdout.startswith("["), f"the doctor ended with {done.returncode}: {done.stdout}")
    return {
        (one["account"], one["region"]): (one["coverage"], {f["check"]: f["what"] for f in one["findings"] if f["verdict"] != "ok"})
        for one in json.loads(done.stdout) if "coverage" in one
    }  # fmt: skip


def examined(world, place):
    """The doctor sees that the place is covered, and nothing is unknown to it."""
    found = coverage(world, "--account", place.account, "--region", place.region)
    equal(found, {(place.account, place.region): ("covered", {})}, "what the doctor says of a member")


def doctor_of_all(world):
    """Each place is covered, not covered or broken, and one that fails stops no other."""
    place, other = world.members[0], world.members[-1]
    regions = sorted({each.region for each in world.members})
    # Of its own place the hub's doctor says what it says of a guard of one account.
    expected = {(each.account, each.region): "covered" for each in [*world.members, world.hub_elsewhere]}
    left = {account: "left_alone" for account in (world.left_alone[0].account, world.in_unit)}

    def found():
        all_places = coverage(world)
        for (account, region), (word, _) in all_places.items():
            if region == "-":
                equal(word, left.get(account), f"what the doctor says of account {account}")
        return {key: value for key, value in all_places.items() if key[1] != "-"}

    equal({key: word for key, (word, _) in found().items()}, expected, f"what the doctor says of the organization in {regions}")
    place.events.disable_rule(Name="cognito-domain-guard-forward")
    role = other.role("member")
    trust = other.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    try:
        with other.trusting(role, json.loads(json.dumps(trust).replace("cognito-domain-guard-hub-", "cognito-domain-guard-former-hub-"))):
            broken = found()
    finally:
        place.events.enable_rule(Name="cognito-domain-guard-forward")
    for each, check in ((place, "forward_rule"), (other, "member_role")):
        word, wrong = broken.pop((each.account, each.region))
        equal((word, set(wrong)), ("broken", {check}), f"what the doctor says of {each.name}")
    equal({word for word, _ in broken.values()}, {"covered"}, "what the doctor says of all the others")


def people(world):
    place = world.members[0]
    look(world, place)
    doctor_of_all(world)
    session = reader(world, place)
    refused("the reader", lambda: place.change(session=session))
    refused("somebody else of the hub's account", lambda: reader(world, place, "Clerk"))
    arn = f"arn:aws:iam::{place.account}:role/{place.role('reader')}"
    refused("an outsider", lambda: world.outsider.sts.assume_role(RoleArn=arn, RoleSessionName="outsider"))
    with place.events_off():
        place.change(FLOOR)
    for name in ("Auditor", "Clerk"):
        world.iam.delete_role_policy(RoleName=name, PolicyName="look")
        world.iam.delete_role(RoleName=name)
    world.forget()


def refused(who, call):
    from botocore.exceptions import ClientError

    try:
        call()
    except ClientError as error:
        expect("AccessDenied" in error.response["Error"]["Code"], f"{who} is refused with {error}")
        return
    raise Failure(f"{who} is not refused")


# ── The SCP of docs/organization.md ────────────────────────────────────────────────────────────────────────────────────────────


def scp(world):
    """Decided by MiniStack's evaluator of policies, since it has SCPs and enforces none."""
    policy = service_control.document("docs/organization.md", "RolesOfTheGuard")
    policy = json.loads(json.dumps(policy).replace("HUB-ACCOUNT", ACCOUNT))
    place = world.members[0]
    arn = lambda role: f"arn:aws:iam::{place.account}:role/{role}"
    rule = lambda name: f"arn:aws:events:{place.region}:{place.account}:rule/{name}"
    administrator, deploys, hub = arn("Administrator"), arn("stacksets-exec-0123456789abcdef"), world.outputs["GuardRole"]
    forward = "cognito-domain-guard-forward"
    cases = [
        (administrator, "iam:UpdateAssumeRolePolicy", arn(place.role("member")), True),
        (administrator, "iam:PutRolePolicy", arn(place.role("forward")), True),
        (administrator, "iam:CreateRole", arn(place.role("reader")), True),
        (administrator, "iam:GetRole", arn(place.role("member")), False),
        (administrator, "iam:PutRolePolicy", arn("orders"), False),
        (deploys, "iam:UpdateAssumeRolePolicy", arn(place.role("member")), False),
        (administrator, "events:DisableRule", rule(forward), True),
        (administrator, "events:DescribeRule", rule(forward), False),
        (administrator, "events:DisableRule", rule("orders"), False),
        (deploys, "events:PutTargets", rule(forward), False),
        (administrator, "sts:AssumeRole", arn(place.role("member")), True),
        (deploys, "sts:AssumeRole", arn(place.role("member")), True),
        (hub, "sts:AssumeRole", arn(place.role("member")), False),
        (administrator, "sts:AssumeRole", arn("orders"), False),
    ]
    service_control.check(policy, cases, place.region)
