"""The expressions of the organization's sweep, evaluated over what AWS may answer, for scripts/check-template."""

import json


def check_sweep(work):
    """The state machine's JSONata: each expression can be read, and of what Organizations lists exactly the inactive accounts are left out."""
    import jsonata
    from jsonata.utils import Utils

    states = work["definition"]["States"]
    work["expressions"] = 0

    def expressions(node, path):
        if isinstance(node, (dict, list)):
            for key, value in node.items() if isinstance(node, dict) else enumerate(node):
                yield from expressions(value, f"{path}/{key}")
        elif isinstance(node, str) and node.startswith("{%"):
            yield path, node
        elif isinstance(node, str) and "{%" in node:
            yield path, None

    for path, text in expressions(states, ""):
        work["expressions"] += 1
        try:
            if not text or not text.endswith("%}"):
                raise ValueError("an expression is the whole of a text")
            jsonata.Jsonata.jsonata(filled(text)[2:-2].strip())
        except Exception as error:
            yield f"{path}: {error}"

    def evaluated(text, variables):
        return jsonata.Jsonata.jsonata(filled(text)[2:-2].strip()).evaluate(None, variables)

    def assigned(state, name, variables):
        return evaluated(states[state]["Assign"][name], variables)

    yield from walk_of_units(states, evaluated, assigned)

    arn = "arn:aws:organizations::1:account/o-exampleorgid/"
    for page, expected in LISTED:
        page = json.loads(json.dumps(page).replace("ARN/", arn))
        found = assigned("ListAccounts", "accounts", {"accounts": ["1"], "states": {"result": page}})
        if found != ["1", *expected]:
            yield f"ListAccounts: of {page} it takes {found}, not {expected} beside the one it had"
    own = {"context": {"Execution": {"Id": "own", "StartTime": "2026-11-26T20:00:00.000Z"}}}
    for others, expected in ((["19", "21"], 1), (["21"], 0), ([], 0), (["18", "19"], 2)):
        for is_listed in (True, False):  # ListExecutions may lag behind
            listed = [{"ExecutionArn": hour, "StartDate": f"2026-11-26T{hour}:00:00.000Z"} for hour in others]
            listed += [{"ExecutionArn": "own", "StartDate": "2026-11-26T20:00:00.000Z"}] * is_listed
            found = assigned("ListRunning", "older", {"states": {**own, "result": {"Executions": listed}}})
            if found != expected:
                yield f"ListRunning: beside executions of {others} o'clock it counts {found} older ones, not {expected}"
    for given, expected in (({}, "request"), ({"cause": "deployment"}, "deployment"), ({"cause": "override"}, "schedule"), ({"cause": "schedule"}, "schedule")):
        found = assigned("ListRunning", "cause", {"states": {"input": given}})
        if found != expected:
            yield f"ListRunning: of {given} it makes the cause {found}, not {expected}"
    # One that an override has started waits for its turn, however many there are.
    overlap = states["IsItsTurn"]["Choices"][1]["Condition"]
    for given, expected in (({"cause": "schedule"}, True), ({"cause": "override"}, False), ({"cause": "deployment"}, False), ({}, False)):
        found = bool(evaluated(overlap, {"older": 2, "approval": Utils.NULL_VALUE, "states": {"input": given}}))
        if found != expected:
            yield f"IsItsTurn: whether a third execution with {given} is one too many is {found}"


def filled(text):
    """With what the template substitutes."""
    for name, value in (("Concurrency", "5"), ("Accounts", "1, 2"), ("ExcludedUnits", "ou-a,ou-b")):
        text = text.replace("${" + name + "}", value)
    return text


def walk_of_units(states, evaluated, assigned):
    """The states that leave accounts out, gone through by their own expressions over units that lie in one another."""
    named = assigned("TakeNamedAccounts", "accounts", {})
    if named != ["1", "2"]:
        yield f"TakeNamedAccounts: it takes {named}"
    variables = {"accounts": ["1", "2", "3", "4", "5"], "excluded": [], "token": None, "units": assigned("TakeExcludedUnits", "units", {})}
    asked, state = [], "IsUnitLeft"
    while state not in ("Deal", "NoAccounts") and len(asked) < 40:
        spec = states[state]
        if spec["Type"] == "Choice":
            state = next((each["Next"] for each in spec["Choices"] if evaluated(each["Condition"], variables)), spec["Default"])
            continue
        result = {}
        if spec["Type"] == "Task":
            arguments = evaluated(spec["Arguments"], variables)
            asked.append((spec["Resource"].rsplit(":", 1)[1], arguments["ParentId"], arguments.get("NextToken")))
            result = UNITS[asked[-1]]
        given = {**variables, "states": {"result": result, "input": {}}}
        variables.update({name: evaluated(text, given) if isinstance(text, str) else text for name, text in spec["Assign"].items()})
        state = spec["Next"]
    if sorted(asked, key=str) != sorted(UNITS, key=str) or state != "Deal":
        yield f"IsUnitLeft: it ends in {state} and asks {asked}"
    left = evaluated(states["Deal"]["Arguments"]["Payload"]["accounts"], variables)
    if left != ["1", "5"]:
        yield f"Deal: of five accounts it takes {left}, not 1 and 5"
    none = {"units": [], "accounts": ["2"], "excluded": ["2"]}
    if not evaluated(states["IsUnitLeft"]["Choices"][1]["Condition"], none):
        yield "IsUnitLeft: a sweep of no account goes on"


# What Organizations answers about two excluded units, one of which has a third one in it.
UNITS = {
    ("listAccountsForParent", "ou-a", None): {"Accounts": [{"Id": "2"}], "NextToken": "more"},
    ("listAccountsForParent", "ou-a", "more"): {"Accounts": []},
    ("listOrganizationalUnitsForParent", "ou-a", None): {"OrganizationalUnits": [], "NextToken": "more"},
    ("listOrganizationalUnitsForParent", "ou-a", "more"): {"OrganizationalUnits": [{"Id": "ou-c"}]},
    ("listAccountsForParent", "ou-b", None): {"Accounts": []},
    ("listOrganizationalUnitsForParent", "ou-b", None): {},
    ("listAccountsForParent", "ou-c", None): {"Accounts": [{"Arn": "arn:aws:organizations::1:account/o-exampleorgid/3"}, {"Id": "4"}]},
    ("listOrganizationalUnitsForParent", "ou-c", None): {"OrganizationalUnits": []},
}

# What Organizations may answer, and which of its accounts a sweep looks at.
LISTED = (
    ({"Accounts": [{"Id": "2", "State": "ACTIVE", "Status": "ACTIVE"}, {"Id": "3", "State": "ACTIVE"}]}, ["2", "3"]),
    ({"Accounts": [{"Id": "2", "State": "ACTIVE", "Status": "SUSPENDED"}]}, ["2"]),  # State counts
    ({"Accounts": [{"Id": "2", "State": "PENDING_CLOSURE", "Status": "ACTIVE"}, {"Id": "3", "State": "CLOSED"}]}, []),
    ({"Accounts": [{"Id": "2", "Status": "SUSPENDED"}, {"Id": "3", "Status": "ACTIVE"}]}, ["3"]),
    ({"Accounts": [{"Id": "2"}]}, ["2"]),  # a member that AWS has dropped says nothing about the account
    ({"Accounts": [{"Arn": "ARN/2"}]}, ["2"]),
    ({"Accounts": [], "NextToken": "more"}, []),
    ({"NextToken": "more"}, []),
)
