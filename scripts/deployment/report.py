"""`guardctl report` on the log groups of the deployed functions, and the queries of docs/observe.md held against them."""

import json
import os
import re
import subprocess

from . import doctor, overrides
from .world import DOMAIN, EXAMPLE, FLOOR, ROOT, STACK, SWEEP, equal, expect, until


def finds_the_incident(world):
    """The incident that the test makes is in the report, with who made it, what it did and how long it took; every form is made of it."""
    world.invoke(world.sweeper, SWEEP)
    world.forget()
    world.change()
    world.becomes(FLOOR)
    restored = world.notice("restored", domain=DOMAIN)
    me = world.sts.get_caller_identity()["Arn"]
    one = until("the incident in the report", lambda: incident(reported("json"), restored["incident"]), 30)
    equal((one["domain"], one["state"], one["found_by"]), (DOMAIN, "restored", "event"), "the incident")
    equal([(change["attribute"], change["observed"], change["desired"]) for change in one["changes"]], [("security_policy", "TLS_V1", FLOOR)], "what changed")
    equal(one["actor"]["arn"], me, "who made the change")
    expect(one["actor"]["via"].startswith("boto3 "), f"the tool is {one['actor']['via']!r}")
    equal(one["seconds_to_effect"], restored["timings"]["seconds_to_effect"], "the duration, against that of the notice")
    expect({"reverted", "restored"} <= set(one["notices"]), f"the notices are {one['notices']}")
    whole = reported("json")
    live = [domain["domain"] for domain in whole["posture"]["domains"] if domain["standing"] != "missing"]
    equal(live, [DOMAIN], "the live domains")
    expect(whole["history"]["sweeps"]["done"] >= 1, f"the sweeps are {whole['history']['sweeps']}")
    expect(any(finding["check"] == "rule" for finding in whole["doctor"]), "the doctor was not asked")
    alarms_are_those_of_cloudwatch(world)
    for form, begin in {"html": "<!DOCTYPE html>", "markdown": "#", "csv": "incident,", "text": "window"}.items():
        printed = printed_by(form)
        expect(printed.startswith(begin), f"{form} begins with {printed[:60]!r}")
        expect(DOMAIN in printed or form == "text", f"the domain is not in {form}")
        expect(restored["incident"] in printed or form in ("markdown", "text"), f"the incident is not in {form}")


def alarms_are_those_of_cloudwatch(world):
    """Each alarm of the stack, in the state that CloudWatch says, one that is on among them; none of anybody else's."""
    name, others = f"{STACK}-dead-letters", {"AlarmName": f"{STACK}-of-somebody-else", "AlarmRule": "FALSE"}
    world.cloudwatch.put_composite_alarm(**others)
    world.cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="this test says so")
    try:
        live = {alarm["AlarmName"]: alarm["StateValue"] for alarm in world.cloudwatch.describe_alarms()["MetricAlarms"]}
        whole = reported("json")
        equal({alarm["name"]: alarm["state"] for alarm in whole["alarms"]}, live, "the alarms")
        (on,) = [alarm for alarm in whole["alarms"] if alarm["state"] == "ALARM"]
        equal((on["name"], on["reason"]), (name, "this test says so"), "the alarm that is on")
        expect(on["since"].startswith("20"), f"since when it is on: {on}")
        for form in ("text", "markdown", "html"):
            expect(name in printed_by(form), f"the alarm that is on is not in {form}")
    finally:
        world.cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="this test says so")
        world.cloudwatch.delete_alarms(AlarmNames=[others["AlarmName"]])


def on_call(world):
    """Somebody with OnCallPolicy alone gets the incidents, and hears what is missing and which permission that takes."""
    with overrides.person(world, "on-call-reads") as person:
        command = [str(doctor.guardctl()), "report", "--since", "1d", "--stack", STACK, "--baseline", str(EXAMPLE), "--format", "json"]
        done = subprocess.run(command, env={**os.environ, **person.credentials}, text=True, capture_output=True, check=False)
    equal(done.returncode, 1, f"the exit code of a report in part: {done.stderr}")
    whole = json.loads(done.stdout)
    expect(any(one["domain"] == DOMAIN for one in whole["history"]["incidents"]), f"no incident in {done.stdout}")
    equal((whole["alarms"], whole["posture"] and whole["posture"]["domains"]), (None, []), "what may not be read")
    for action in ("cloudwatch:DescribeAlarms", "cognito-idp:ListUserPools"):
        expect(any(action in line for line in whole["missing"]), f"{action} is not among what is missing: {whole['missing']}")


def incident(report, name):
    return next((one for one in report["history"]["incidents"] if one["incident"] == name), None)


def reported(form):
    return json.loads(printed_by(form))


def printed_by(form):
    command = [str(doctor.guardctl()), "report", "--since", "1d", "--stack", STACK, "--baseline", str(EXAMPLE), "--format", form]
    done = subprocess.run(command, text=True, capture_output=True, check=False)
    # 1 where something is missing, which the report says.
    expect(done.returncode in (0, 1) and done.stdout, f"guardctl report ended with {done.returncode}: {done.stderr}")
    return done.stdout


# ── The queries of docs/observe.md ─────────────────────────────────────────────────────────────────────────────────────────────

# What need not have happened: the topic may have taken every notice, and only the stages with faults make errors.
NEVER = {"notice_undelivered", "ERROR"}
# Where no line has them at all: a revision is the deployment's choice, and an event comes back in the stages with faults.
OPTIONAL = {"report.baseline.revision", "error.type"}


def queries(world):
    """Logs Insights takes each query, each finds lines of the functions, and each field that one names is a field of such lines.

    MiniStack's Insights passes over filters on fields, so the filters are applied here.
    """
    # Of what no other stage need have made: a sweep, and an event that is for nobody.
    world.invoke(world.sweeper, SWEEP)
    world.invoke(world.guard, json.loads((ROOT / "events" / "unrelated-event.json").read_text()))
    groups = [world.outputs[name] for name in ("GuardLogs", "SweepLogs")]
    lines = [flat(json.loads(line)) for group in groups for line in world.log_lines(group) if line.startswith("{")]
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", (ROOT / "docs" / "observe.md").read_text(), re.MULTILINE | re.DOTALL)
    asked = [block for language, block in blocks if not language and block.startswith("filter")]
    expect(len(asked) > 8, f"only {len(asked)} queries in observe.md")
    everywhere = {name for line in lines for name in line}
    for query in asked:
        started = world.logs.start_query(logGroupNames=groups, startTime=0, endTime=2**31, queryString=query)
        answer = world.logs.get_query_results(queryId=started["queryId"])
        equal(answer["status"], "Complete", f"the status of {query}")
        title = query.splitlines()[0]
        found = [line for line in lines if all(fits(line, condition) for condition in conditions(query))]
        if not any(word in title for word in NEVER) and "incident.id` = " not in title:
            expect(found, f"no line of the functions fits: {title}")
        known = {name for line in found or lines for name in line}
        missing = names(query) - known - (OPTIONAL - everywhere)
        if found:
            expect(not missing, f"no line that fits `{title}` has {sorted(missing)}")


def flat(value, name=""):
    """Members by their names with dots, as Logs Insights finds them."""
    if not isinstance(value, dict):
        return {name: value}
    members = {}
    for key, member in value.items():
        members.update(flat(member, f"{name}.{key}" if name else key))
    return members


def conditions(query):
    first = query.splitlines()[0]
    return re.split(r"\s+and\s+", first.removeprefix("filter ")) if first.startswith("filter ") else []


def fits(line, condition):
    if there := re.fullmatch(r"ispresent\(`?([\w.@]+)`?\)", condition):
        return there[1] in line
    name, wanted = re.fullmatch(r"`?([\w.@]+)`? = \"([^\"]*)\"", condition).groups()
    return line.get(name) == wanted


def names(query):
    """Fields of the log that a query names: those in backquotes, and the arguments of commands that are no alias."""
    return {name for name in re.findall(r"`([\w.]+)`", query)}
