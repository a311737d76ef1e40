"""What the sweep of an organization needs of AWS beyond MiniStack: emulated by this project, as MiniStack lacks it.

- A state machine makes its calls in its role's name: Step Functions must be able to assume the role, and the role must allow the call.
- A rule that starts a state machine does it in its target's role's name, which EventBridge must be able to assume. (A start that is
  refused would go to the target's dead-letter queue. MiniStack has none of a rule's.)
- Step Functions calls Organizations. It lists the accounts of the file that ORGANIZATION names, two to a page and every other page empty,
  as the API may do.
"""

import contextvars
import json

from ministack.core import iam_evaluator as iam
from ministack.core.responses import get_account_id, get_region
from ministack.services import eventbridge as events
from ministack.services import iam as roles
from ministack.services import organizations
from ministack.services import stepfunctions as states

from . import emulated_organization

THEIR = {}
role_of_the_machine = contextvars.ContextVar("role", default=None)
IAM_NAMES = {"sfn": "states", "eventbridge": "events"}  # of services that Step Functions calls by another one


def session(role_arn, service, source_arn, action, resource):
    """The session in which a service acts with a role, or None where the role does not let it, or does not allow the call."""
    account, name = role_arn.split(":")[4], role_arn.rsplit("/", 1)[-1]
    role = roles._roles.get_scoped(account, None, name)
    if role is None:
        return None
    arn = f"arn:aws:sts::{account}:assumed-role/{name}/{service.split('.')[0]}"
    keys = {"aws:sourceaccount": account, "aws:sourcearn": source_arn}
    context = iam.EvalContext(
        principal_arn=arn, principal_type="AssumedRole", principal_account=account, action=action, resource_arn=resource,
        region=get_region(), service_context=keys,
    )  # fmt: skip
    trust = role["AssumeRolePolicyDocument"]
    statements = (json.loads(trust) if isinstance(trust, str) else trust)["Statement"]
    trusted = [s["Effect"] for s in statements if iam._service_principal_matches(s["Principal"], service) and iam._conditions_met(s.get("Condition"), context)]
    limits = iam._permissions_boundary(roles._roles, name, account)
    allowed = iam.evaluate(context, iam._gather_role_policies(name, account), *limits).decision == "Allow"
    return arn if trusted == ["Allow"] and allowed else None


def execute_task(state, given, execution, context):
    machine = execution["stateMachineArn"]
    role_of_the_machine.set((states._state_machines[machine]["roleArn"], machine))
    return THEIR["execute_task"](state, given, execution, context)


def invoke_resource(resource, given):
    """A call of a state machine, in the name of its role."""
    role, machine = role_of_the_machine.get()
    if "Name" in given:  # a rule on the default bus: MiniStack's Ref has the bus before it
        given = {**given, "Name": given["Name"].split("|")[-1]}
    service, call = resource.split(":")[-2:]
    if "lambda:invoke" in resource:
        action, on, error = "lambda:InvokeFunction", given["FunctionName"], "Lambda.AccessDeniedException"
    else:
        action = f"{IAM_NAMES.get(service, service)}:{call[0].upper()}{call[1:]}"
        error = f"{states._AWS_SDK_ERROR_PREFIX.get(service, service.capitalize())}.AccessDeniedException"
        named = {"sfn": given.get("StateMachineArn") or given.get("ExecutionArn"), "eventbridge": f"arn:aws:events:{get_region()}:{get_account_id()}:rule/{given.get('Name')}"}
        on = named.get(service, "*")
    if session(role, "states.amazonaws.com", machine, action, on) is None:
        raise states._ExecutionError(error, f"{role} is not authorized to perform: {action} on resource: {on}")
    return THEIR["invoke_resource"](resource, given)


def dispatch_to_stepfunctions(arn, payload):
    """A rule starts a state machine, in the name of its target's role."""
    targets = [(key, target) for key, several in events._targets.items() for target in several if target["Arn"] == arn]
    if any(session(target.get("RoleArn", ":::::"), "events.amazonaws.com", str(key), "states:StartExecution", arn) for key, target in targets):
        return THEIR["dispatch_to_stepfunctions"](arn, payload)
    events.logger.warning("not started: %s by %s", arn, [target.get("RoleArn") for _, target in targets])
    return None


def list_accounts(payload):
    """Two accounts to a page, and every other page empty."""
    found = emulated_organization.organization()
    listed = [{"Id": account, "State": "ACTIVE", "Status": "ACTIVE"} for account in found["accounts"]]
    listed += [{"Id": account, "State": "SUSPENDED", "Status": "ACTIVE"} for account in found.get("suspended", [])]
    page = int(payload.get("NextToken") or 0)
    first = page // 2 * 2
    answer = {"Accounts": [] if page % 2 else listed[first : first + 2]}
    if first + 2 < len(listed):
        answer["NextToken"] = str(page + 1)
    return organizations._json(200, answer)


def of_unit(payload, is_unit, member):
    within = emulated_organization.organization().get("units", {}).get(payload["ParentId"], [])
    return organizations._json(200, {member: [{"Id": each} for each in within if each.startswith("ou-") == is_unit]})


def install():
    for module, attribute, function in (
        (states, "_execute_task", execute_task),
        (states, "_invoke_resource", invoke_resource),
        (events, "_dispatch_to_stepfunctions", dispatch_to_stepfunctions),
    ):
        THEIR[function.__name__] = getattr(module, attribute)
        setattr(module, attribute, function)
    states._AWS_SDK_SERVICE_MAP["organizations"] = {"target_prefix": "AWSOrganizationsV20161128", "protocol": "json"}
    states._AWS_SDK_ERROR_PREFIX["organizations"] = "Organizations"
    organizations._DISPATCH["ListAccounts"] = list_accounts
    organizations._DISPATCH["ListAccountsForParent"] = lambda payload: of_unit(payload, False, "Accounts")
    organizations._DISPATCH["ListOrganizationalUnitsForParent"] = lambda payload: of_unit(payload, True, "OrganizationalUnits")
