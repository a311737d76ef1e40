"""`guardctl doctor` on the deployed stack: healthy, and broken in each way that it should find.

The faults are in `doctor_faults`. Broken, the doctor must find exactly that (exit code 2); fixed, nothing (0).
"""

import json
import os
import pathlib
import subprocess

from . import watch
from .doctor_faults import FAULTS, make_trail
from .world import ROOT, STACK, Failure, equal, expect, run

def guardctl():
    """The debug build, which `cargo test` has made, with the program beside it that it starts."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    program = target / "debug" / "guardctl"
    if not (program.exists() and program.with_name("guardctl-aws").exists()):
        run("cargo", "build", "--locked", "-p", "guardctl", "-p", "guardctl-aws")
    return program


def examine(*options, **environment):
    """(exit code, {(check, verdict): text}) of one examination."""
    command = [str(guardctl()), "doctor", "--format", "json", *(options or ["--stack", STACK])]
    done = subprocess.run(command, env={**os.environ, **environment}, text=True, capture_output=True, check=False)
    expect(done.stdout, f"the doctor ended with {done.returncode}: {done.stderr}")
    found = {}
    for finding in json.loads(done.stdout)[0]["findings"]:
        fix = " ".join(text for step in finding["fix"] for text in step.values())
        key = (finding["check"], finding["verdict"])
        found[key] = f"{found.get(key, '')} {finding['what']} => {fix}"
    return done.returncode, found


def surroundings(world):
    """The trail, and the rule of IAM's region: no part of the stack. The first stage that needs them makes them."""
    if world.forwarder is None:
        make_trail(world)
        watch.forward(world)


def healthy(world):
    """Nothing is wrong with the stack, nor with the function that is found by its name alone."""
    surroundings(world)
    is_well()
    is_well("--function", world.guard)
    code, found = examine("--stack", STACK, "--invoke")
    equal((code, wrong(found)), (0, set()), f"what the doctor says of functions that answer: {found}")
    equal(found["answer", "ok"].count("starts and answers"), 2, "the functions that answered")
    world.forget()
    code, found = examine("--stack", STACK, "--notify")
    equal((code, wrong(found)), (0, set()), f"what the doctor says of a guard that notifies: {found}")
    expect("took a test notice" in found["notice", "ok"], f"what the doctor says of the test notice: {found}")
    test = world.notice("test")
    expect(test["severity"] == "info" and world.sts.get_caller_identity()["Arn"] in test["reason"], f"the test notice: {test}")
    is_well("--stack", STACK, "--baseline", str(ROOT / ".aws-sam" / "build" / "baseline" / "baseline.yaml"))
    checks = {check for check, _ in examine()[1]}
    expected = "stack trail rule function program settings baseline failures event_source recheck_queue dead_letters undelivered sweep topic alarm_topic alarms role stop overrides writers watch role_watch"
    equal(checks, set(expected.split()), "what was looked at")


def wrong(found):
    return {check for check, verdict in found if verdict != "ok"}


def is_well(*options):
    code, found = examine(*options)
    equal((code, wrong(found)), (0, set()), f"what the doctor says of a healthy guard: {found}")


def finds_silenced(world):
    """A stack that was deployed with RuleState=DISABLED. (The recheck queue's times are the test's own by then.)"""
    surroundings(world)
    code, found = examine()
    equal((code, wrong(found) - {"recheck_queue"}), (2, {"rule", "event_source", "sweep"}), f"what the doctor says of a silenced guard: {found}")


def each_fault(world):
    surroundings(world)
    problems = []
    for name, check, words, break_it in FAULTS:
        with break_it(world):
            broken = examine()
        fixed = examine()
        try:
            found_alone(check, words, *broken)
            equal((fixed[0], wrong(fixed[1])), (0, set()), f"what the doctor says when it is fixed: {fixed[1]}")
        except Failure as failure:
            problems.append(f"{name}: {failure}")
    expect(not problems, "\n        ".join(problems))


def found_alone(check, words, code, found):
    text = found.get((check, "fix"))
    expect(text is not None and code == 2, f"not found, exit code {code}: {found}")
    equal({other for other, verdict in found if verdict == "fix"}, {check}, "the checks that complain")
    for word in words:
        expect(word in text, f"no {word!r} in {text}")


def without_permissions(world):
    """Somebody who may not look gets the permissions that takes; what they may see is reported all the same."""
    world.iam.create_user(UserName="reader")
    key = world.iam.create_access_key(UserName="reader")["AccessKey"]
    statement = {"Effect": "Allow", "Action": ["lambda:*", "sqs:*", "sns:*", "sts:*", "cloudformation:DescribeStacks"], "Resource": "*"}
    world.iam.put_user_policy(UserName="reader", PolicyName="some", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    credentials = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    try:
        code, found = examine(**credentials)
        equal(code, 1, f"the exit code of an examination that could not check everything: {found}")
        equal({check for check, verdict in found if verdict == "unknown"}, {"trail", "rule", "alarms", "role", "stop", "overrides", "writers", "watch", "role_watch"}, "what could not be checked")
        expect("cloudtrail:DescribeTrails" in found["trail", "unknown"], f"the missing permission is not named: {found}")
        expect(("topic", "ok") in found, f"what may be seen is not reported: {found}")
        printed = subprocess.run([str(guardctl()), "doctor"], env={**os.environ, **credentials}, text=True, capture_output=True, check=False).stdout
        for action in ("cloudtrail:DescribeTrails", "cloudwatch:DescribeAlarms", "events:ListRuleNamesByTarget", "iam:SimulatePrincipalPolicy"):
            expect(f'"{action}"' in printed, f"{action} is not in the policy to paste:\n{printed}")
    finally:
        world.iam.delete_user_policy(UserName="reader", PolicyName="some")
        world.iam.delete_access_key(UserName="reader", AccessKeyId=key["AccessKeyId"])
        world.iam.delete_user(UserName="reader")
