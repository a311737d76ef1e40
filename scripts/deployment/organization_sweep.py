"""The sweep of an organization: its real state machine and the real function, over the places of the other stages."""

import contextlib
import datetime
import json
import os
import time

from .documented import shell
from .permissions import as_list
from .place import Place
from .world import ACCOUNT, REGION, ROOT, STACK, Failure, equal, expect, until

NEW = "555555555555"
OF_UNITS = {"organizations:ListAccountsForParent", "organizations:ListOrganizationalUnitsForParent"}
ENDED = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


def machine(world):
    return world.outputs["OrganizationSweep"]


def started(world, given, name=None):
    more = {"name": name} if name else {}
    return world.stepfunctions.start_execution(stateMachineArn=machine(world), input=json.dumps(given), **more)["executionArn"]


def end_of(world, execution, seconds=60):
    """The execution when it has ended."""
    describe = lambda: world.stepfunctions.describe_execution(executionArn=execution)
    until(f"the end of {execution}", lambda: describe()["status"] in ENDED, seconds)
    return describe()


def sweep(world, cause="schedule", status="SUCCEEDED"):
    """A whole sweep: what it leaves for the next one, or why it failed."""
    ended = end_of(world, started(world, {"cause": cause}))
    equal(ended["status"], status, f"the status of a sweep ({ended.get('error')}: {ended.get('cause')})")
    return json.loads(ended["output"]) if status == "SUCCEEDED" else f"{ended.get('error')}: {ended.get('cause')}"


def coverage(world):
    """(covered, not covered, unknown) of the latest digest, and its gaps by place."""
    digest = [notice for notice in world.read_notices() if notice["kind"] == "sweep_digest"][-1]
    found = digest["sweep"]["coverage"]
    gaps = {(gap["account"], gap["region"]): gap["why"] for gap in found["gaps"]}
    return (found["covered"], found["not_covered"], found["unknown"]), gaps


@contextlib.contextmanager
def unnoticed(places):
    """Nobody hears of changes there, as when CloudTrail loses them."""
    with contextlib.ExitStack() as stack:
        for place in places:
            stack.enter_context(place.events_off())
        yield


def weakened(places):
    with unnoticed(places):
        for place in places:
            place.change()


def swept(world, places):
    """Drift that there was no event of, in each of these places, is put back by a sweep."""
    weakened(places)
    sweep(world, "request")
    for place in places:
        place.becomes()


def every_place(world):
    weakened(world.places)
    world.forget()
    left = sweep(world, "request")
    for place in world.places:
        place.becomes()
    world.notice("sweep_digest")
    accounts = len({place.account for place in world.places})
    equal(coverage(world), ((accounts * 2, 0, 0), {}), "what is covered")
    equal(left["held"]["domains"], {}, "what is held back")
    known = {item.split("/")[0] for item in left["standing"]["with_domains"]}
    equal(known, {place.account for place in world.places}, "the accounts that the next sweep looks at")
    digest = next(notice for notice in world.notices_seen if notice["kind"] == "sweep_digest")
    named = {change["domain"].split(" ")[-1] for change in digest["changes"]}
    equal(named, {place.domain for place in world.places}, "the domains that the digest says were put back")
    world.forget()


def only_where_there_was_a_domain(world):
    """The schedule's next sweep asks Organizations nothing, and looks only there."""
    execution = started(world, {"cause": "schedule"})
    equal(end_of(world, execution)["status"], "SUCCEEDED", "the status of the sweep")
    history = world.stepfunctions.get_execution_history(executionArn=execution, maxResults=1000)["events"]
    entered = [event["stateEnteredEventDetails"]["name"] for event in history if "stateEnteredEventDetails" in event]
    expect("Observe" in entered and "ListAccounts" not in entered, f"the states of the sweep: {entered}")
    world.forget()


def without_a_role(world):
    place, *others = world.members
    trust = place.iam.get_role(RoleName=place.role("member"))["Role"]["AssumeRolePolicyDocument"]
    wrong = json.loads(json.dumps(trust).replace("cognito-domain-guard-hub-", "cognito-domain-guard-former-hub-"))
    weakened([place, others[0]])
    world.new_processes(world.sweeper)
    world.forget()
    with place.trusting(place.role("member"), wrong):
        sweep(world, "request")
        others[0].becomes()
        world.notice("sweep_digest")
        (_, not_covered, unknown), gaps = coverage(world)
        equal((not_covered, unknown, gaps), (1, 0, {(place.account, place.region): "no_role"}), "what is not covered")
        place.stays_weak()
    world.new_processes(world.sweeper)
    sweep(world, "request")
    place.becomes()
    world.forget()


def one_place_fails(world, everybody):
    """Cognito throttles one place, and says in another one, once, that the session has ended."""
    throttled, expired, *others = world.members
    weakened([throttled, expired, others[0]])
    world.forget()
    faults = {
        f"{throttled.account}/{throttled.region}/ListUserPools": {"code": "TooManyRequestsException", "status": 400},
        f"{expired.account}/{expired.region}/ListUserPools": {"code": "ExpiredTokenException", "status": 400, "times": 1},
    }
    everybody(world, **faults)
    sweep(world, "request")
    for place in (expired, others[0]):
        place.becomes()
    world.notice("sweep_digest")
    (_, not_covered, unknown), gaps = coverage(world)
    equal((not_covered, unknown, gaps), (0, 1, {(throttled.account, throttled.region): "throttled"}), "what is unknown")
    throttled.stays_weak()
    everybody(world)
    sweep(world, "request")
    throttled.becomes()
    world.forget()


def brake(world):
    """More in one account than its limit is held back alone, and put back by the command of the notice; once."""
    (first, second), other = [place for place in world.members if place.account == world.members[0].account], world.members[-1]
    places = []
    for number in range(4):
        place = Place(world, first.account, (first.region, second.region)[number % 2])
        place.create_domain(f"held-{number}.example.com")
        places.append(place)
    world.forget()
    weakened([*places, other])
    sweep(world, "request")
    other.becomes()
    held = world.notice("sweep_held")["sweep"]["held"]
    equal((held["domains"], held["accounts"]), (4, [{"account": first.account, "held_by": "account", "domains": 4}]), "what is held back")
    for place in places:
        equal(place.policy(), "TLS_V1", f"the policy of {place.domain}")
    command = held["command"]
    execution = json.loads(shell(command))["executionArn"]
    equal(execution.rsplit(":", 1)[-1], held["set"], "the name of the approval")
    ended = end_of(world, execution)
    equal(ended["status"], "SUCCEEDED", f"the status of the approval ({ended.get('cause')})")
    for place in places:
        place.becomes()
    try:
        shell(command.replace('"approve"', '"approve" '))
        raise Failure("a set was approved twice")
    except Failure as failure:
        expect("ExecutionAlreadyExists" in str(failure), f"why a set is not approved twice: {failure}")
    ended = end_of(world, started(world, {"approve": "00112233445566778899aabbccddeeff"}))
    equal((ended["status"], ended["error"]), ("FAILED", "NotApproved"), "what comes of the approval of another set")
    for place in places:
        place.cognito.delete_user_pool_domain(UserPoolId=place.pool, Domain=place.domain)
    world.forget()


def paused(world):
    """A guard whose rule is disabled puts nothing back, also when a sweep runs; the next one does."""
    place, rule = world.members[0], world.outputs["DomainChangeRule"].split("|")[-1]
    weakened([place])
    world.forget()
    world.events.disable_rule(Name=rule)
    sweep(world, "request")
    place.stays_weak()
    digest = world.notice("sweep_digest")
    expect("taken out of service" in json.dumps(digest), f"the digest does not say that the guard is out of service: {digest['sweep']}")
    world.events.enable_rule(Name=rule)
    sweep(world)
    place.becomes()
    world.forget()


def after_a_deployment(world):
    """CloudFormation's event of a deployment starts a sweep of everything."""
    place = world.members[1]
    weakened([place])
    world.tell_deployed()
    place.becomes(seconds=30)
    ended(world)
    world.forget()


def after_an_override(world):
    """What an override allowed in a member is left while it counts, and put back by a sweep once somebody has removed it."""
    place = world.members[1]
    until_when = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = f"domain: {place.domain}\nattributes: [security_policy]\nuntil: {until_when}\nreason: a trial\nby: jane.doe\n"
    name = f"/cognito-domain-guard/{STACK}/overrides/{place.domain}_by-hand"
    ssm = world.hub.client("ssm")
    ssm.put_parameter(Name=name, Value=text, Type="String")
    overridden(world, "PutParameter", name)
    ended(world)
    weakened([place])
    sweep(world)
    equal(place.policy(), "TLS_V1", f"the policy of {place.domain} while an override allows it")
    ssm.delete_parameter(Name=name)
    overridden(world, "DeleteParameter", name)
    place.becomes(seconds=60)
    ended(world)
    world.forget()


def overridden(world, call, parameter):
    """CloudTrail's event of a call about an override."""
    event = json.loads((ROOT / "events" / "override-removed.json").read_text())
    detail = {**event["detail"], "eventName": call, "recipientAccountId": ACCOUNT, "requestParameters": {"name": parameter}}
    detail["eventID"] = os.urandom(16).hex()
    world.put_event(event["source"], event["detail-type"], detail)


def ended(world):
    """No sweep runs any more, and none is about to: an event takes a moment to start one."""
    time.sleep(1)
    running = lambda: world.stepfunctions.list_executions(stateMachineArn=machine(world), statusFilter="RUNNING")["executions"]
    until("the end of the sweeps", lambda: not running(), 120)


def joins_and_leaves(world, belong, accounts):
    """An account that joins is not covered until it has its stack, and forgotten when it leaves."""
    new = Place(world, NEW, REGION)
    before = sweep(world, "request")["standing"]["accounts"]
    belong(world, *accounts, NEW)
    world.forget()
    equal(sweep(world, "request")["standing"]["accounts"], before + 1, "the accounts")
    world.notice("sweep_digest")
    _, gaps = coverage(world)
    equal(set(gaps.values()), {"no_role"}, "why the new account is not covered")
    equal({account for account, _ in gaps}, {NEW}, "the accounts that are not covered")
    new.deploy(ReaderPrincipalArn="")
    new.create_domain()
    world.change_rules.add("cognito-domain-guard-forward")
    swept(world, [new])
    belong(world, *accounts)
    left = sweep(world, "request")["standing"]
    equal((left["accounts"], [item for item in left["with_domains"] if item.startswith(NEW)]), (before, []), "what is left of the account")
    new.cognito.delete_user_pool_domain(UserPoolId=new.pool, Domain=new.domain)
    new.delete_stack()
    world.forget()


def permissions(world):
    """Without any one of its permissions, the sweep fails, or is not started."""
    place = world.members[0]
    name = world.stepfunctions.describe_state_machine(stateMachineArn=machine(world))["roleArn"].rsplit("/", 1)[-1]
    seen = set()
    for policy in world.iam.list_role_policies(RoleName=name)["PolicyNames"]:
        document = world.iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        for statement in document["Statement"]:
            less = {**document, "Statement": [other for other in document["Statement"] if other is not statement]}
            weakened([place])
            if less["Statement"]:
                world.iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(less))
            else:
                world.iam.delete_role_policy(RoleName=name, PolicyName=policy)
            seen.update(as_list(statement["Action"]))
            try:
                ended = end_of(world, started(world, {"cause": "request"}), 120)
                expect("not authorized" in (ended.get("cause") or ""), f"without {statement['Action']} a sweep is {ended['status']}: {ended.get('cause')}")
            finally:
                world.iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))
    equal(seen, {"lambda:InvokeFunction", "organizations:ListAccounts", *OF_UNITS, "events:DescribeRule", "states:ListExecutions", "states:DescribeExecution"}, "the permissions of the sweep's role")
    swept(world, [place])
    starter = world.events.list_targets_by_rule(Rule=rule_named(world, "domain-guard-organization-"))["Targets"][0]["RoleArn"].rsplit("/", 1)[-1]
    (policy,) = world.iam.list_role_policies(RoleName=starter)["PolicyNames"]
    document = world.iam.get_role_policy(RoleName=starter, PolicyName=policy)["PolicyDocument"]
    equal([statement["Action"] for statement in document["Statement"]], ["states:StartExecution"], "the permissions of the role that starts the sweep")
    world.iam.delete_role_policy(RoleName=starter, PolicyName=policy)
    weakened([place])
    world.tell_deployed()
    time.sleep(3)  # a sweep takes one
    equal(place.policy(), "TLS_V1", "the policy of a domain when nothing may start a sweep")
    world.iam.put_role_policy(RoleName=starter, PolicyName=policy, PolicyDocument=json.dumps(document))
    after_a_deployment(world)
    swept(world, [place])
    world.forget()


def rule_named(world, prefix):
    (name,) = [rule["Name"] for rule in world.events.list_rules()["Rules"] if rule["Name"].startswith(prefix)]
    return name
