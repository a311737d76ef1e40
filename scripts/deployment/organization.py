"""One guard for an organization: a hub, members in two accounts and two regions, and an outsider. The order counts."""

import contextlib
import functools
import json
import re

from . import organization_roles, organization_sweep, path, stack_set
from .documented import blocks, operate
from .place import Place
from .stage import stage as add_stage
from .world import ACCOUNT, BUILT, FLOOR, REGION, ROOT, SAM, STACK, Failure, equal, expect, run, until

STAGES = []
stage = functools.partial(add_stage, into=STAGES)

ORGANIZATION = "o-exampleorgid"
OTHER_REGION = "us-west-2"
REGIONS = (REGION, OTHER_REGION)
ACCOUNTS = ("111111111111", "222222222222")
EXCLUDED = "333333333333"
# A unit that is left alone, another one in it, and an account in that.
UNIT, INNER_UNIT, IN_UNIT = "ou-exam-11111111", "ou-exam-22222222", "666666666666"
OUTSIDER = "444444444444"
HUB_BUS = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/cognito-domain-guard-hub"
HUB_ROLE = f"arn:aws:iam::{ACCOUNT}:role/cognito-domain-guard-hub-{REGION}"
ADMINISTRATORS = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}

STAGES.append(next(each for each in path.STAGES if each.name == "sam-build"))


def belong(world, *accounts, **faults):
    """Who belongs to the organization from now on, and Cognito's faults by "ACCOUNT/REGION/Operation"."""
    units = {UNIT: [INNER_UNIT], INNER_UNIT: [IN_UNIT]}
    world.organization.write_text(json.dumps({"id": ORGANIZATION, "accounts": [ACCOUNT, *accounts, IN_UNIT], "units": units, "faults": faults}))


def everybody(world, **faults):
    belong(world, *ACCOUNTS, EXCLUDED, **faults)


# ── Deploy ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@stage(essential=True)
def members_before_the_hub(world):
    """A member's stack is refused while there is no hub to send to, with the reason in its events."""
    world.organization = world.work / "organization.json"
    everybody(world)
    world.start_emulator()
    world.before = world.inventory()
    # RuleState: MiniStack does not know the longer form of ENABLED.
    world.member_parameters = {"OrganizationId": ORGANIZATION, "HubAccount": ACCOUNT, "HubRegion": REGION, "RuleState": "ENABLED"}
    world.member_parameters["ReaderPrincipalArn"] = organization_roles.READER
    members = [Place(world, account, region) for account in ACCOUNTS for region in REGIONS]
    world.members, world.hub, world.hub_elsewhere = members, Place(world, ACCOUNT, REGION), Place(world, ACCOUNT, OTHER_REGION)
    world.left_alone = [Place(world, EXCLUDED, REGION), Place(world, ACCOUNTS[0], "us-east-1")]
    world.outsider, world.in_unit = Place(world, OUTSIDER, REGION), IN_UNIT
    is_refused(members[0])


def is_refused(place):
    """Its stack ends without a resource, because it may not send to the hub's bus."""
    try:
        place.deploy()
    except Failure as failure:
        expect("not authorized to perform: events:PutEvents" in str(failure) and HUB_BUS in str(failure), f"the reason is {failure}")
        place.delete_stack()
        return
    raise Failure(f"the member's stack in {place.name} was created")


def deploy_hub(world):
    world.deploy(BUILT / "template.yaml", OrganizationId=ORGANIZATION, OrganizationRegions=",".join(REGIONS), ExcludedAccounts=EXCLUDED, ExcludedUnits=UNIT)
    world.subscribe()
    world.change_rules = {"cognito-domain-guard-forward", world.outputs["DomainChangeRule"].split("|")[-1]}


@stage(essential=True)
def hub_deployed(world):
    """`sam deploy` with an organization's id makes the hub: its bus, its rule, its role with the name that members trust."""
    deploy_hub(world)
    equal(world.outputs["GuardRole"], HUB_ROLE, "the hub's role")
    given = dict(part.removeprefix("ParameterKey=").split(",ParameterValue=") for part in world.outputs["MemberParameters"].split())
    equal(given, {name: world.member_parameters[name] for name in given}, "what the output MemberParameters gives a member")
    for function in (world.guard, world.sweeper):
        variables = world.awslambda.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
        found = tuple(variables.get(name) for name in ("ORGANIZATION_ID", "ORGANIZATION_REGIONS", "EXCLUDED_ACCOUNTS"))
        equal(found, (ORGANIZATION, ",".join(REGIONS), EXCLUDED), f"what {function} is told of the organization")


@stage(essential=True)
def members_deployed(world):
    """member.yaml as it stands in two accounts and two regions, and in the hub's account: the outsider's is refused."""
    forwards, reads = {"ForwardRule", "ForwardRole"}, {"ReaderRole"}
    for place in [*world.members, world.hub_elsewhere]:
        place.make_trail()
    for place in world.members:
        place.deploy()
        equal(place.resources(), {"MemberRole", *forwards, *reads}, f"the resources in {place.name}")
    for place in world.left_alone:
        place.deploy(ReaderPrincipalArn="")
        equal(place.resources(), {"MemberRole", *forwards}, f"the resources in {place.name}, without anybody to read")
    world.hub_elsewhere.deploy(ReaderPrincipalArn="")
    equal(world.hub_elsewhere.resources(), forwards, "the resources in the hub's other region")
    world.hub.deploy(ReaderPrincipalArn="")
    equal(world.hub.resources(), {"NothingToForward"}, "the resources in the hub's own region")
    is_refused(world.outsider)
    is_refused(Place(world, IN_UNIT, REGION))  # which the bus does not take events of


@stage
def stack_set_of_members(world):
    """The StackSet of docs/organization.md deploys member.yaml by organizational unit; a role name without its region is caught. (By moto.)"""
    stack_set.deploys(world)


# ── The path ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@stage(essential=True)
def each_place(world):
    """A change in any account and region is put back there, by that place's role, and the notices name the place."""
    world.places = [*world.members, world.hub_elsewhere, world.hub]
    for place in [*world.places, *world.left_alone]:
        place.create_domain()
    world.forget()
    for place in world.places:
        is_put_back(world, place)
        record = world.notice("restored", domain=place.domain)
        equal((record["account"], record["region"]), (place.account, place.region), "the place in the second notice")
    world.forget()
    for place in world.places:
        (own,) = [record for record in place.updates() if "app/cdg." in record["userAgent"]]
        role = HUB_ROLE if place.account == ACCOUNT else f"arn:aws:iam::{place.account}:role/{place.role('member')}"
        equal(own["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"], role, f"the role that put back {place.domain}")


def is_put_back(world, place, **fields):
    """By the whole way, and the notice names the place."""
    place.change()
    place.becomes()
    record = world.notice("reverted", domain=place.domain, account=place.account, region=place.region, **fields)
    return record


@stage
def same_name_in_two_accounts(world):
    """Two accounts have a domain of the same name, both weak: the event of one has that one put back, and no other."""
    one, other = Place(world, ACCOUNTS[0], REGION), Place(world, ACCOUNTS[1], REGION)
    for place in (one, other):
        place.create_domain("shared.example.com")
    world.forget()
    with other.events_off():
        other.change()
    is_put_back(world, one)
    world.forget()
    equal(other.policy(), "TLS_V1", "the policy of the other account's domain")
    is_put_back(world, other)
    world.forget()


@stage
def left_alone(world):
    """An excluded account and a region that is not guarded: their events arrive, and nothing is done."""
    world.forget()
    for place in world.left_alone:
        place.change()
        place.stays_weak()
        answer, failed = world.invoke(world.guard, place.changed_event())
        equal((failed, answer["trigger"]), (False, "ignored"), f"what came of an event of {place.name}")
    equal(world.read_notices(), [], "the notices")


@stage
def one_place_throttled(world):
    """Cognito throttles one account and region: the others are put back at once, and this one when it is over."""
    slow, *others = world.places
    recheck = world.outputs["RecheckQueue"]
    world.sqs.set_queue_attributes(QueueUrl=recheck, Attributes={"DelaySeconds": "1", "VisibilityTimeout": "1"})
    world.forget()
    everybody(world, **{f"{slow.account}/{slow.region}/UpdateUserPoolDomain": {"code": "TooManyRequestsException", "status": 400}})
    slow.change()
    for place in others:
        is_put_back(world, place)
    equal(slow.policy(), "TLS_V1", "the policy of the throttled domain")
    everybody(world)
    slow.becomes()
    world.notice("reverted", domain=slow.domain, account=slow.account, region=slow.region)
    until("an empty recheck queue", lambda: world.waiting(recheck) == 0)
    world.forget()


# ── Whose word counts ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def sent(client, source):
    """What PutEvents on the hub's bus answers to an event of that source."""
    detail = json.dumps({"eventName": "UpdateUserPoolDomain"})
    (result,) = client.put_events(Entries=[{"EventBusName": HUB_BUS, "Source": source, "DetailType": "AWS API Call via CloudTrail", "Detail": detail}])["Entries"]
    return result.get("ErrorCode", "accepted")


@stage
def forged_events(world):
    """Nobody puts an event on the hub's bus by hand, and what an event says of another account is not believed."""
    member, other = world.members[0], world.members[2]
    equal(sent(member.events, "aws.cognito-idp"), "NotAuthorizedForSourceException", "what a member's administrator is told")
    equal(sent(member.events, "orders"), "AccessDeniedException", "what a member's administrator is told of an event of another source")
    # The forward role may send to the bus; what it sends must be Cognito's.
    session = member.session(member.role("forward"))
    equal(sent(member.client("events", session), "orders"), "AccessDeniedException", "what the forward role is told of an event of another source")
    equal(sent(world.outsider.events, "orders"), "AccessDeniedException", "what an outsider is told")
    role_of_its_own(world.outsider, "cognito-domain-guard-forward-by-hand")
    role_of_its_own(member, "orders")
    with other.events_off():
        other.change()
    world.forget()
    forged = member.changed_event()
    forged["detail"]["recipientAccountId"] = other.account
    forged["detail"]["requestParameters"].update(domain=other.domain, userPoolId=other.pool)
    answer, failed = world.invoke(world.guard, forged)
    equal((failed, answer["trigger"]), (False, "ignored"), "what came of an event that names another account")
    equal((other.policy(), world.read_notices()), ("TLS_V1", []), "the other account's policy, and the notices")
    is_put_back(world, other)


def role_of_its_own(place, name):
    """A rule with another role may not have the hub's bus as its target, whatever the role may do."""
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}
    place.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    may = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": "*"}
    place.iam.put_role_policy(RoleName=name, PolicyName="send", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [may]}))
    place.events.put_rule(Name=name, EventPattern=json.dumps({"source": ["aws.cognito-idp"]}))
    try:
        place.events.put_targets(Rule=name, Targets=[{"Id": "hub", "Arn": HUB_BUS, "RoleArn": f"arn:aws:iam::{place.account}:role/{name}"}])
        raise Failure(f"a rule of {place.name} with the role {name} may send to the hub")
    except place.events.exceptions.ClientError as error:
        equal(error.response["Error"]["Code"], "AccessDeniedException", "why the rule may not send to the hub")
    finally:
        place.events.delete_rule(Name=name)
        place.iam.delete_role_policy(RoleName=name, PolicyName="send")
        place.iam.delete_role(RoleName=name)


@stage
def the_members_administrator(world):
    """A member's administrator takes the member role for himself and weakens a domain: it is put back, and not taken for the guard's work."""
    place = world.members[0]
    session = place.session(place.role("member"))
    world.forget()
    place.change(session=session)
    place.becomes()
    record = world.notice("reverted", domain=place.domain, account=place.account)
    equal(record["severity"], "critical", "how severe the notice is")
    world.forget()
    equal(place.policy(), FLOOR, "the domain's policy")


# ── Who is not covered ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def not_covered(world, place):
    """In the block the hub cannot act in the place: one notice that names it and what to deploy, and nothing comes back for it."""
    world.new_processes(world.guard)
    world.forget()
    place.change()
    record = world.notice("not_covered", account=place.account, region=place.region)
    expect("member.yaml" in json.dumps(record), f"the notice does not say what to deploy: {record}")
    place.stays_weak()
    equal(world.kinds(), ["not_covered"], "the notices")
    waiting = {name: world.waiting(world.outputs[name]) for name in ("RecheckQueue", "DeadLetterQueue", "UndeliveredQueue")}
    expect(not any(waiting.values()), f"waiting: {waiting}")
    yield
    place.change(FLOOR)
    world.forget()


@stage
def broken_trust(world):
    """A member whose role trusts another account, another role or another organization, or is not there, is reported once, and the others go on."""
    place, *others = world.members
    role = place.role("member")
    trust = place.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    text = json.dumps(trust)
    for right, wrong in ((f"{ACCOUNT}:root", f"{OUTSIDER}:root"), ("cognito-domain-guard-hub-", "cognito-domain-guard-former-hub-"), (ORGANIZATION, "o-anotherorgid")):
        expect(right in text, f"no {right} in the trust of {role}: {text}")
        with place.trusting(role, json.loads(text.replace(right, wrong))), not_covered(world, place):
            is_put_back(world, others[0])
    world.new_processes(world.guard)
    is_put_back(world, place)
    world.forget()


@stage
def left_the_organization(world):
    """An account that left the organization sends nothing any more, and is out of the hub's reach."""
    place = world.members[0]
    world.forget()
    belong(world, ACCOUNTS[1], EXCLUDED)
    world.new_processes(world.guard)
    place.change()
    place.stays_weak()
    equal(world.read_notices(), [], "the notices")
    world.invoke(world.guard, place.changed_event())
    world.notice("not_covered", account=place.account, region=place.region)
    equal(place.policy(), "TLS_V1", "the domain's policy")
    everybody(world)
    world.new_processes(world.guard)
    place.change(FLOOR)
    world.forget()


@stage
def each_role(world):
    """docs/permissions.md lists exactly what each role may do; without any one of these, or of their conditions, the check it names fails."""
    organization_roles.prove(world)


@stage
def people_look(world):
    """Who was named as reader sees with guardctl a member's domains, and which place is covered; nobody else does, and he cannot change them."""
    organization_roles.people(world)


@stage
def protected_by_an_scp(world):
    """The SCP of docs/organization.md keeps the roles and the rule to StackSets, and the member roles to the hub; nothing else is denied."""
    organization_roles.scp(world)


@stage
def stopped_in_a_minute(world):
    """The commands of docs/operate.md and docs/organization.md stop the hub in every member at once, and bring it back."""
    place = world.members[0]
    is_put_back(world, place)  # so that it has a session
    world.forget()
    (block,) = [commands for heading, commands in blocks("organization.md", "What each role may do") if heading == "Stop it"]
    operate("Stop it from changing anything", block)
    place.change()
    world.notice("not_covered", account=place.account, region=place.region)
    place.stays_weak()
    operate("Bring it back")
    is_put_back(world, place)
    world.forget()


# ── Teams ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@stage
def each_team_its_own(world):
    """The filter policies of docs/organization.md give each team the notices of its own accounts, and all others to who has none."""
    text = (ROOT / "docs" / "organization.md").read_text()
    (example,) = re.findall(r'^\{"account": \["111111111111"\]\}$', text, re.M)
    for account in ACCOUNTS:
        inbox = world.subscribed(f"team-{account}", world.outputs["NoticeTopic"])
        arn = world.queue_arn(inbox)
        (subscription,) = [each["SubscriptionArn"] for each in world.sns.list_subscriptions_by_topic(TopicArn=world.outputs["NoticeTopic"])["Subscriptions"] if each["Endpoint"] == arn]
        world.sns.set_subscription_attributes(SubscriptionArn=subscription, AttributeName="FilterPolicyScope", AttributeValue="MessageBody")
        world.sns.set_subscription_attributes(SubscriptionArn=subscription, AttributeName="FilterPolicy", AttributeValue=example.replace(ACCOUNTS[0], account))
    world.forget()
    for place in world.members:
        is_put_back(world, place)
    world.forget()
    for account in ACCOUNTS:
        inbox, heard = world.sqs.get_queue_url(QueueName=f"team-{account}")["QueueUrl"], []
        while messages := world.sqs.receive_message(QueueUrl=inbox, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                heard.append(json.loads(message["Body"]))
                world.sqs.delete_message(QueueUrl=inbox, ReceiptHandle=message["ReceiptHandle"])
        places = {(record["account"], record["region"]) for record in heard if record["kind"] == "reverted"}
        equal(places, {(account, region) for region in REGIONS}, f"what the team of {account} hears of")
        equal({record["account"] for record in heard}, {account}, f"whose notices the team of {account} gets")
        world.sqs.delete_queue(QueueUrl=inbox)


# ── The sweep ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@stage
def sweep_of_all(world):
    """A sweep puts back what there was no event of, in each place, and says in one digest what it did and what is covered."""
    organization_sweep.every_place(world)


@stage
def sweep_of_an_hour(world):
    """The schedule's next sweep asks Organizations nothing, and looks only where there was a domain."""
    organization_sweep.only_where_there_was_a_domain(world)


@stage
def sweep_without_a_role(world):
    """A place whose role cannot be assumed is not covered, and stops no other."""
    organization_sweep.without_a_role(world)


@stage
def sweep_of_a_place_that_fails(world):
    """A place that Cognito throttles is unknown, a session that ends in a sweep is made anew, and neither stops another place."""
    organization_sweep.one_place_fails(world, everybody)


@stage
def sweep_held_and_approved(world):
    """More in one account than its limit is held back alone; the command of the notice has exactly that put back, once."""
    organization_sweep.brake(world)


@stage
def sweep_of_a_paused_guard(world):
    """A guard that is out of service puts nothing back, also when a sweep runs."""
    organization_sweep.paused(world)


@stage
def sweep_after_a_deployment(world):
    """The end of a deployment starts a sweep of everything."""
    organization_sweep.after_a_deployment(world)


@stage
def sweep_after_an_override(world):
    """What an override allowed in a member is put back by a sweep once somebody has removed it."""
    organization_sweep.after_an_override(world)


@stage
def member_joins_and_leaves(world):
    """An account that joins is not covered until it has its stack, and forgotten when it has left."""
    organization_sweep.joins_and_leaves(world, belong, [*ACCOUNTS, EXCLUDED])


@stage
def sweep_permissions(world):
    """Without any one of its permissions the sweep fails, or is not started."""
    organization_sweep.permissions(world)


# ── The end ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@stage
def hub_made_again(world):
    """The hub is deleted and made again, and no member is touched; a trust in the role itself, instead of its account, would be dead."""
    control, *others = world.places
    named = {"Effect": "Allow", "Principal": {"AWS": HUB_ROLE}, "Action": "sts:AssumeRole"}
    with control.trusting(control.role("member"), {"Version": "2012-10-17", "Statement": [named]}):
        world.new_processes(world.guard)
        is_put_back(world, control)
        run(SAM, "delete", "--stack-name", STACK, "--no-prompts", "--region", REGION)
        world.unsubscribe()
        expect(not any(role["Arn"] == HUB_ROLE for role in world.iam.list_roles()["Roles"]), "the hub's role is still there")
        deploy_hub(world)
        for place in others:
            is_put_back(world, place)
        with not_covered(world, control):
            pass
    world.new_processes(world.guard)
    is_put_back(world, control)
    world.forget()


@stage
def nothing_is_left(world):
    """A member's deletion leaves nothing in it, and no hub's anything in the hub."""
    for place in [*world.members, *world.left_alone, world.hub_elsewhere, world.hub]:
        place.delete_stack()
        left = [role["RoleName"] for role in place.iam.list_roles()["Roles"] if role["RoleName"].endswith(place.region) and "-hub-" not in role["RoleName"]]
        left += [rule["Name"] for rule in place.events.list_rules()["Rules"] if rule["Name"] == "cognito-domain-guard-forward"]
        equal(left, [], f"what is left in {place.name}")
    run(SAM, "delete", "--stack-name", STACK, "--no-prompts", "--region", REGION)
    world.unsubscribe()
    world.is_empty_again()
