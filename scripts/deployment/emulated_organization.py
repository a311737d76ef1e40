"""What an organization needs of AWS beyond MiniStack. scripts/ministack-bridge puts it in place.

- A rule's target may be a bus of another account or region. The target's role must be one that EventBridge may assume and that may
  put events there, and the bus's policy must allow it. That policy is asked already when a rule gets the target. The event keeps
  its own account and region.
- PutEvents by the ARN of another account's bus, with the same policy. Nobody puts events of `aws.*` there.
- AWS::Events::EventBusPolicy, and PutPermission with a whole policy.
- Condition keys: aws:PrincipalArn of a session is its role; aws:PrincipalOrgID and aws:ResourceOrgID; lambda:SourceFunctionArn of what a
  function calls.
- A role that a trust policy names as principal is stored by its unique id: made again, it is another one.
- Conditions of CloudFormation may ask for the account and the region, and join a list.
- Faults of Cognito in one account and region, for the sessions of roles only: the test itself is never refused.

The file that ORGANIZATION names says who belongs to the organization, and which faults there are. It is read each time, so that a
test may change it: {"id": "o-...", "accounts": [...], "faults": {"ACCOUNT/REGION/Operation": {"code": "...", "status": 400,
"times": 1}}, "units": {"ou-...": [accounts and units that lie in it]}}: without "times" each time, and who is in no unit is in the root
"""

import copy
import json
import os
import pathlib

from ministack.core import iam_evaluator as iam
from ministack.core import lambda_runtime
from ministack.core.arn import ArnParseError, parse_arn
from ministack.core.responses import error_response_json, get_account_id, get_region, json_response, request_scope
from ministack.services import cloudformation
from ministack.services import eventbridge as events
from ministack.services import iam as roles
from ministack.services import lambda_svc, sts
from ministack.services.cloudformation import changesets, engine, handlers, provisioners, stacks

THEIR = {}  # what is replaced here, by name
STRUCK = {}  # how often each fault has struck


def organization():
    file = os.environ.get("ORGANIZATION")
    return json.loads(pathlib.Path(file).read_text()) if file else {"id": None, "accounts": []}


def organization_of(account):
    found = organization()
    return found["id"] if account in found["accounts"] else None


def units_of(account):
    """The organizational units that an account lies in, from the root down: {"units": {"ou-...": [what lies in it]}}."""
    units, path, inner = organization().get("units", {}), [], account
    while above := next((unit for unit, within in units.items() if inner in within), None):
        path.insert(0, above)
        inner = above
    return path


# ── Condition keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def stored_role(session_arn):
    """The role of a session, or None."""
    if ":assumed-role/" not in session_arn:
        return None
    account, resource = session_arn.split(":")[4:6]
    return roles._roles.get_scoped(account, None, resource.split("/")[1])


def condition_key(key, context):
    name = key.lower()
    if name == "aws:principalarn" and (role := stored_role(context.principal_arn)):
        return role["Arn"]
    if name == "aws:principalorgid":
        return organization_of(context.principal_account)
    if name == "aws:principalorgpaths" and (root := organization_of(context.principal_account)):
        return f"{root}/r-exam/" + "".join(f"{unit}/" for unit in units_of(context.principal_account))
    if name == "aws:resourceorgid":
        return organization_of(iam._account_from_arn(context.resource_arn) or context.principal_account)
    return THEIR["condition_key"](key, context)


def execution_credentials(config):
    """A function's session remembers whose it is."""
    credentials = THEIR["execution_credentials"](config)
    sts._sessions[credentials["AWS_ACCESS_KEY_ID"]]["FunctionArn"] = config["FunctionArn"]
    return credentials


def principal_keys(credential):
    session = sts._sessions.get(credential.access_key_id) or {}
    function = {"lambda:sourcefunctionarn": session["FunctionArn"]} if "FunctionArn" in session else {}
    return {**THEIR["principal_keys"](credential), **function}


# ── Trust in a role ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def with_unique_ids(document):
    """A trust policy as IAM stores it. Raises ValueError where a role that it names does not exist."""
    document = copy.deepcopy(json.loads(document) if isinstance(document, str) else document)
    for statement in document["Statement"]:
        principal = statement.get("Principal")
        if isinstance(principal, dict) and "AWS" in principal:
            named = principal["AWS"] if isinstance(principal["AWS"], list) else [principal["AWS"]]
            principal["AWS"] = [unique_id(arn) if ":role/" in arn else arn for arn in named]
    return document


def unique_id(arn):
    spec = parse_arn(arn)
    role = roles._roles.get_scoped(spec.account_id, None, spec.resource.rsplit("/", 1)[-1])
    if role is None:
        raise ValueError(f"Invalid principal in policy: AWS: {arn}")
    return role["RoleId"]


def principal_matches(principal, caller):
    if THEIR["principal_matches"](principal, caller):
        return True
    named = principal.get("AWS", []) if isinstance(principal, dict) else []
    role = stored_role(caller)
    return bool(role) and role["RoleId"] in (named if isinstance(named, list) else [named])


def with_stored_trust(call, name_of):
    """An API call or a handler of CloudFormation that sets a role's trust policy."""

    def stored(*args, **kwargs):
        result = call(*args, **kwargs)
        role = roles._roles.get(name_of(result, *args))
        if role:
            role["AssumeRolePolicyDocument"] = json.dumps(with_unique_ids(role["AssumeRolePolicyDocument"]))
        return result

    return stored


# ── Buses ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def bus_of(arn):
    """The parts of a bus's ARN, or None for any other text."""
    try:
        spec = parse_arn(arn)
    except ArnParseError:
        return None
    return spec if spec.service == "events" and spec.resource.startswith("event-bus/") else None


def is_here(spec):
    return (spec.account_id, spec.region) == (get_account_id(), get_region())


def asking(caller, account, bus, **keys):
    kind = "AssumedRole" if ":assumed-role/" in caller else "Root"
    return iam.EvalContext(
        principal_arn=caller, principal_type=kind, principal_account=account, action="events:PutEvents", resource_arn=bus,
        region=parse_arn(bus).region, service_context=keys,
    )  # fmt: skip


def bus_allows(spec, caller, account, **keys):
    """What a bus's policy says. `keys` are of the event; a target that is put has none."""
    bus = str(spec)
    with request_scope(spec.account_id, spec.region):
        policy = events._event_bus_policies.get(spec.resource.split("/", 1)[1])
    decision = iam.evaluate_resource_policy(policy, asking(caller, account, bus, **keys)).decision
    # In its own account a caller needs no more than its own permission, which was looked at before.
    return decision == "Allow" or (account == spec.account_id and decision != "Deny")


def target_session(role_arn, rule_arn, bus):
    """The session in which EventBridge sends to a bus: None where the role does not let it, or may not put events there."""
    account, name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    role = roles._roles.get_scoped(account, None, name)
    if role is None:
        return None
    session = f"arn:aws:sts::{account}:assumed-role/{name}/events"
    context = asking(session, account, bus, **{"aws:sourceaccount": account, "aws:sourcearn": rule_arn})
    trust = role["AssumeRolePolicyDocument"]
    statements = (json.loads(trust) if isinstance(trust, str) else trust)["Statement"]
    trusted = [s["Effect"] for s in statements if iam._service_principal_matches(s["Principal"], "events.amazonaws.com") and iam._conditions_met(s.get("Condition"), context)]
    if trusted != ["Allow"]:
        return None
    limits = iam._permissions_boundary(roles._roles, name, account)
    return session if iam.evaluate(context, iam._gather_role_policies(name, account), *limits).decision == "Allow" else None


def refused_target(target, rule_arn):
    """Why a rule may not get this target, as PutTargets says it; None if it may."""
    spec = bus_of(target.get("Arn", ""))
    if spec is None or is_here(spec):
        return None
    caller = target_session(target["RoleArn"], rule_arn, target["Arn"]) if "RoleArn" in target else f"arn:aws:iam::{get_account_id()}:root"
    if caller and bus_allows(spec, caller, get_account_id()):
        return None
    return f"User: {caller or target['RoleArn']} is not authorized to perform: events:PutEvents on resource: {target['Arn']}"


def refused_targets(name, bus, targets):
    rule = events._rule_arn(name, bus)
    return next(filter(None, (refused_target(target, rule) for target in targets or [])), None)


def put_targets(data):
    refused = refused_targets(data.get("Rule"), data.get("EventBusName", "default"), data.get("Targets"))
    return error_response_json("AccessDeniedException", refused, 400) if refused else THEIR["put_targets"](data)


def rule_create(logical_id, properties, stack_name):
    name, attributes = THEIR["rule_create"](logical_id, properties, stack_name)
    refused = refused_targets(name, properties.get("EventBusName", "default"), properties.get("Targets"))
    if refused:
        provisioners._RESOURCE_HANDLERS["AWS::Events::Rule"]["delete"](name, properties)
        raise ValueError(refused)
    return name, attributes


def arrive(spec, event, caller, account):
    """An event at a bus of another account or region: why it is refused, or None."""
    name = spec.resource.split("/", 1)[1]
    with request_scope(spec.account_id, spec.region):
        if name != "default" and name not in events._event_buses:
            return "ResourceNotFoundException"
        if not bus_allows(spec, caller, account, **{"events:source": [event["Source"]], "events:detail-type": event["DetailType"]}):
            return "AccessDeniedException"
        events._dispatch_event({**event, "EventBusName": name})
    return None


def dispatch_to_event_bus(spec, event, rule, event_path, target_input_payload=None):
    if is_here(spec):
        return THEIR["dispatch_to_event_bus"](spec, event, rule, event_path, target_input_payload)
    targets = events._targets.get(events._rule_key(rule["Name"], rule.get("EventBusName", "default")), [])
    role = next((target.get("RoleArn") for target in targets if target["Arn"] == str(spec)), None)
    caller = role and target_session(role, rule["Arn"], str(spec))
    # An event that came from another account is not sent on to a third.
    is_own = event["Account"] == get_account_id()
    refused = arrive(spec, event, caller, get_account_id()) if caller and is_own else "the rule may not send it"
    if refused:
        events.logger.warning("not sent from %s in %s to %s: %s", get_account_id(), get_region(), spec, refused)


def put_events(data, allow_aws_source=False):
    """Entries for a bus of another account go there one by one; all others together, as before."""
    entries = data.get("Entries", [])
    elsewhere = [bool(spec := bus_of(entry.get("EventBusName", "default"))) and spec.account_id != get_account_id() for entry in entries]
    if not any(elsewhere):
        return THEIR["put_events"](data, allow_aws_source)
    results = []
    for entry, is_elsewhere in zip(entries, elsewhere):
        if not is_elsewhere:
            results += json.loads(THEIR["put_events"]({"Entries": [entry]}, allow_aws_source)[2])["Entries"]
            continue
        spec, source = bus_of(entry["EventBusName"]), entry.get("Source", "")
        event = {
            "EventId": events.new_uuid(), "Source": source, "DetailType": entry.get("DetailType", ""), "Detail": entry.get("Detail", "{}"),
            "Time": int(events._now_ts()), "Resources": entry.get("Resources", []), "Account": get_account_id(), "Region": get_region(),
        }  # fmt: skip
        refused = "NotAuthorizedForSourceException" if source.startswith("aws.") else arrive(spec, event, iam.caller_arn(), get_account_id())
        results.append({"ErrorCode": refused, "ErrorMessage": refused} if refused else {"EventId": event["EventId"]})
    return json_response({"FailedEntryCount": sum("ErrorCode" in result for result in results), "Entries": results})


def put_permission(data):
    if "Policy" not in data:
        return THEIR["put_permission"](data)
    events._event_bus_policies[data.get("EventBusName", "default")] = json.loads(data["Policy"])
    return json_response({})


def bus_policy_put(_, properties, *__):
    name, sid, statement = properties["EventBusName"], properties["StatementId"], properties["Statement"]
    statement = {**(json.loads(statement) if isinstance(statement, str) else statement), "Sid": sid}
    others = [other for other in (events._event_bus_policies.get(name) or {}).get("Statement", []) if other.get("Sid") != sid]
    events._event_bus_policies[name] = {"Version": "2012-10-17", "Statement": [*others, statement]}
    return f"{name}|{sid}", {}


def bus_policy_update(physical_id, _, properties, *__):
    return bus_policy_put(physical_id, properties)


def bus_policy_delete(physical_id, _):
    name, sid = physical_id.split("|")
    events._remove_permission({"EventBusName": name, "StatementId": sid})


# ── CloudFormation's conditions ────────────────────────────────────────────────────────────────────────────────────────────────


def evaluate_conditions(template, parameters):
    here = {"AWS::AccountId": get_account_id(), "AWS::Partition": "aws", "AWS::Region": get_region()}
    values = {**{name: parameter["Value"] for name, parameter in parameters.items()}, **here}
    return THEIR["evaluate_conditions"]({**template, "Conditions": worked_out(template.get("Conditions", {}), values)}, parameters)


def worked_out(node, values):
    """Without references to the account and the region, and without joins of a list."""
    if isinstance(node, list):
        return [worked_out(item, values) for item in node]
    if not isinstance(node, dict):
        return node
    if str(node.get("Ref")).startswith("AWS::"):
        return values[node["Ref"]]
    if "Fn::Join" in node:
        separator, items = node["Fn::Join"]
        if isinstance(items, dict):
            items = [item.strip() for item in str(values[items["Ref"]]).split(",")]
        return separator.join(items)
    return {name: worked_out(value, values) for name, value in node.items()}


# ── Faults ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def fault(headers):
    """The answer that Cognito gives instead of its own, or None."""
    if "Credential=ASIA" not in headers.get("authorization", ""):
        return None
    operation = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
    where = f"{get_account_id()}/{get_region()}/{operation}"
    found = organization().get("faults", {}).get(where)
    if not found:
        STRUCK.pop(where, None)
        return None
    STRUCK[where] = STRUCK.get(where, 0) + 1
    return error_response_json(found["code"], found["code"], found["status"]) if STRUCK[where] <= found.get("times", STRUCK[where]) else None


def replace(module, attribute, function):
    name = function.__name__
    THEIR.setdefault(name, getattr(module, attribute))
    setattr(module, attribute, function)


def install():
    replace(iam, "_resolve_condition_key", condition_key)
    replace(iam, "_principal_keys", principal_keys)
    replace(iam, "_principal_matches", principal_matches)
    for module in (lambda_runtime, lambda_svc):
        replace(module, "execution_credentials", execution_credentials)
    replace(events, "_put_targets", put_targets)
    replace(events, "_dispatch_to_event_bus", dispatch_to_event_bus)
    replace(events, "_put_permission", put_permission)
    replace(events, "_put_events", put_events)
    for module in (cloudformation, changesets, engine, handlers, stacks):
        if hasattr(module, "_evaluate_conditions"):
            replace(module, "_evaluate_conditions", evaluate_conditions)
    of_cloudformation = provisioners._RESOURCE_HANDLERS
    rule, role = of_cloudformation["AWS::Events::Rule"], of_cloudformation["AWS::IAM::Role"]
    THEIR["rule_create"], rule["create"] = rule["create"], rule_create
    of_cloudformation["AWS::Events::EventBusPolicy"] = {"create": bus_policy_put, "update": bus_policy_update, "delete": bus_policy_delete}
    for verb in ("create", "update"):
        role[verb] = with_stored_trust(role[verb], lambda result, *_: result[0])
    for call in ("CreateRole", "UpdateAssumeRolePolicy"):
        roles._IAM_HANDLERS[call] = with_stored_trust(roles._IAM_HANDLERS[call], lambda _, parameters: roles._p(parameters, "RoleName"))
