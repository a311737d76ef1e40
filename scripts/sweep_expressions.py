"""The expressions of the organization's sweep, evaluated over what AWS may answer, for scripts/check-template."""

import json


def check_sweep(work):
    """The state machine's JSONata: each expression can be read, and of what Organizations lists exactly the inactive accounts are left out."""
    import jsonata

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
            jsonata.Jsonata.jsonata(text[2:-2].strip().replace("${Concurrency}", "5"))
        except Exception as error:
            yield f"{path}: {error}"

    def assigned(state, name, variables):
        expression = jsonata.Jsonata.jsonata(states[state]["Assign"][name][2:-2].strip())
        return expression.evaluate(None, variables)

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
