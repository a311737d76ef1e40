"""Stop it, allow it, undo it: the whole story of overrides, as people live it, on the deployed stack.

Everybody here is a user of their own: the administrator changes domains, and those on call have the stack's OnCallPolicy.
"""

import contextlib
import datetime
import functools
import json
import os
import pty
import re
import subprocess
import time

from . import doctor
from .world import ACCOUNT, DOMAIN, FLOOR, REGION, SWEEP, Failure, equal, expect, until

WITHIN = 60  # seconds from the pasted command to the old policy back


class Person:
    """A user of IAM with these permissions, and a shell of their own."""

    def __init__(self, name, key):
        self.name, self.arn = name, f"arn:aws:iam::{ACCOUNT}:user/{name}"
        self.credentials = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    def starts(self, command, answer="yes"):
        """Types a command of guardctl at a terminal, and the answer to its question."""
        mine, theirs = pty.openpty()
        os.write(mine, f"{answer}\n".encode())
        program = str(doctor.guardctl())
        command = re.sub(r"^guardctl ", f"{program} ", command)
        typed = subprocess.Popen(command, shell=True, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **self.credentials})
        os.close(theirs)
        return typed, mine

    @staticmethod
    def ends(typed):
        process, terminal = typed
        try:
            printed, _ = process.communicate(timeout=120)
        finally:
            os.close(terminal)
        return process.returncode, printed

    def types(self, command, code=0, answer="yes"):
        found, printed = self.ends(self.starts(command, answer))
        expect(found == code, f"{command} ended with {found}, not {code}:\n{printed}")
        return printed

    def client(self, world, service):
        import boto3

        return boto3.client(
            service, endpoint_url=world.endpoint, region_name=REGION, aws_access_key_id=self.credentials["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.credentials["AWS_SECRET_ACCESS_KEY"],
        )  # fmt: skip


@contextlib.contextmanager
def person(world, name, *allowed, on_call=True):
    """Somebody with the policy for people on call, and whatever else they are allowed."""
    world.iam.create_user(UserName=name)
    key = world.iam.create_access_key(UserName=name)["AccessKey"]
    if on_call:
        world.iam.attach_user_policy(UserName=name, PolicyArn=world.outputs["OnCallPolicy"])
    if allowed:
        statement = {"Effect": "Allow", "Action": list(allowed), "Resource": "*"}
        world.iam.put_user_policy(UserName=name, PolicyName="more", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    try:
        yield Person(name, key)
    finally:
        if allowed:
            world.iam.delete_user_policy(UserName=name, PolicyName="more")
        if on_call:
            world.iam.detach_user_policy(UserName=name, PolicyArn=world.outputs["OnCallPolicy"])
        world.iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        world.iam.delete_user(UserName=name)


OWNER = ("cognito-idp:DescribeUserPoolDomain", "cognito-idp:UpdateUserPoolDomain")


def kept(world):
    """What each override says, by its name below the path."""
    path = world.outputs["OverridesPath"]
    found = world.ssm.get_parameters_by_path(Path=path, Recursive=True)["Parameters"]
    return {one["Name"][len(path) + 1 :]: one["Value"] for one in found}


def end_all(world):
    for name in kept(world):
        world.ssm.delete_parameter(Name=f"{world.outputs['OverridesPath']}/{name}")
    world.forget()
    if world.policy() != FLOOR:
        world.invoke(world.sweeper, SWEEP)
    equal(world.policy(), FLOOR, "the policy once no override is left")
    world.forget()


def leaves_none(play):
    """However it ends, no override is left for the next stage."""

    @functools.wraps(play)
    def and_end_all(world):
        try:
            play(world)
        finally:
            end_all(world)

    return and_end_all


def reverted(world):
    """A foreign change, and the notice of its revert."""
    world.forget()
    world.change()
    notice = world.notice("reverted", domain=DOMAIN)
    world.becomes(FLOOR)
    world.forget()
    return notice


def command_of(notice):
    """The one command in a notice that undoes what it is about, with a reason typed in."""
    lines = [line for step in notice["next_steps"] for line in step.splitlines() if line.startswith("guardctl undo ")]
    equal(len(lines), 1, f"the number of commands that undo it in {notice['next_steps']}")
    expect('--reason "..."' in lines[0], f"no place for the reason in {lines[0]}")
    return lines[0].replace('"..."', '"terminals locked out"')


# ── The whole story ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@leaves_none
def story(world):
    """The command of the notice, who made it, that it holds, `overrides`, `resume`, and what is put back."""
    notice = reverted(world)
    before = world.own_updates()
    with person(world, "jane.doe", *OWNER) as jane:
        start = time.monotonic()
        typed = jane.starts(command_of(notice))
        code, printed = jane.ends(typed)
        equal(code, 0, f"the exit code of the command, which printed\n{printed}")
        until("the policy of before the revert", lambda: world.policy() == "TLS_V1", WITHIN)
        took = time.monotonic() - start
        expect(took < WITHIN, f"from the pasted command to the old policy back it took {took:.0f} s")
        (name,) = kept(world)
        heard = world.notice("override_changed", domain=DOMAIN)
        equal((heard["actor"]["arn"], heard["event"]["name"]), (jane.arn, "PutParameter"), "who made the override, in the notice")
        (listed,) = heard["overrides"]
        equal((listed["domain"], listed["reason"], listed["by"], listed["attributes"]), (DOMAIN, "terminals locked out", "jane.doe", ["security_policy"]), "what is in force, in the notice")
        world.notice("exempted", domain=DOMAIN)
        world.invoke(world.sweeper, SWEEP)
        world.forget()
        equal((world.policy(), world.own_updates() - before), ("TLS_V1", 0), "the policy, and the number of the guard's updates while it is allowed")
        shown = " ".join(jane.types("guardctl overrides").split())
        for word in (name, "security_policy", DOMAIN, "terminals locked out", jane.arn, "7 h 59 min left"):
            expect(word in shown, f"no {word} in what `guardctl overrides` prints: {shown}")
        jane.types(re.search(r"guardctl resume .*", printed)[0])
        heard = world.notice("override_changed", domain=DOMAIN)
        equal((heard["actor"]["arn"], heard["event"]["name"], heard.get("overrides")), (jane.arn, "DeleteParameter", None), "who ended it, and what is in force then")
        world.becomes(FLOOR)


@leaves_none
def ends(world):
    """Nothing outlives its end: the next sweep after it puts back, and says what had allowed it."""
    world.forget()
    with world.events_off():
        end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=6)
        make(world, "short", {"domain": DOMAIN, "attributes": ["security_policy"], "until": f"{end:%Y-%m-%dT%H:%M:%SZ}", "reason": "a test", "by": "jane.doe"})
        world.change()
        world.invoke(world.sweeper, SWEEP)
        equal(world.policy(), "TLS_V1", "the policy after a sweep before the end of the override")
        time.sleep(max(0, (end - datetime.datetime.now(datetime.UTC)).total_seconds() + 1))
        world.invoke(world.sweeper, SWEEP)
        equal(world.policy(), FLOOR, "the policy after a sweep after the end of the override")


def make(world, name, content, **more):
    """What `aws ssm put-parameter` does."""
    text = content if isinstance(content, str) else json.dumps(content)
    world.ssm.put_parameter(Name=f"{world.outputs['OverridesPath']}/{name}", Value=text, **{"Type": "String", **more})


# ── What goes wrong ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@leaves_none
def malformed(world):
    """What cannot be understood holds its domain, critically; another's domain it leaves alone; removed, the domain is put back."""
    world.forget()
    make(world, "other", "domain: other.example.com\nattributes: [tls]\n")
    world.change()
    world.becomes(FLOOR)
    end_all(world)
    for name, content, more in [
        ("wrong", f"domain: {DOMAIN}\nattributes: [tls]\n", {}),
        ("sealed", "hunter2", {"Type": "SecureString"}),
        ("long", {"domain": DOMAIN, "attributes": ["security_policy"], "until": "2999-01-01T00:00:00Z", "reason": "for ever", "by": "jane.doe"}, {}),
    ]:
        before = world.own_updates()
        make(world, name, content, **more)
        heard = world.notice("override_changed")
        expect(heard["severity"] == "critical" and heard["overrides"][0].get("problem"), f"the notice of {name}: {heard}")
        world.change()
        held = world.notice("paused", domain=DOMAIN)
        expect(held["severity"] == "critical" and "hunter2" not in json.dumps(held), f"the notice of what {name} holds: {held}")
        equal((world.policy(), world.own_updates() - before), ("TLS_V1", 0), f"the policy, and the number of updates, while {name} holds")
        world.ssm.delete_parameter(Name=f"{world.outputs['OverridesPath']}/{name}")
        world.becomes(FLOOR)
        world.forget()
    # Each of the three events waits to be looked at again. Later stages count what waits there.
    recheck = world.outputs["RecheckQueue"]
    until("the three events in the recheck queue", lambda: world.waiting(recheck) == 3)
    world.sqs.purge_queue(QueueUrl=recheck)


@leaves_none
def refused(world):
    """Whoever may not make an override makes none; whoever may not change the domain allows it, and gets the command for its owner."""
    from botocore.exceptions import ClientError

    notice = reverted(world)
    seen = ("cloudformation:DescribeStacks", "logs:FilterLogEvents", "ssm:GetParametersByPath", *OWNER)
    with person(world, "john.roe", *seen, on_call=False) as john:
        printed = john.types(command_of(notice), code=1)
        expect("ssm:PutParameter" in printed and "aws ssm put-parameter" in printed, f"no permission and no command in\n{printed}")
        try:
            john.client(world, "ssm").put_parameter(Name=f"{world.outputs['OverridesPath']}/john", Type="String", Value="{}")
            raise Failure("somebody who may not makes an override")
        except ClientError as error:
            equal(error.response["Error"]["Code"], "AccessDeniedException", "what they get")
        time.sleep(1)
        equal((kept(world), world.policy(), world.kinds()), ({}, FLOOR, []), "the overrides, the policy and the notices after that")
    with person(world, "jane.doe", "cognito-idp:DescribeUserPoolDomain") as jane:
        printed = jane.types(command_of(notice), code=1)
        equal((len(kept(world)), world.policy()), (1, FLOOR), "the overrides, and the policy, where the caller may not change the domain")
        found = re.search(r"^aws cognito-idp update-user-pool-domain .*--cli-input-json '([^']+)'", printed, re.M)
        expect(found, f"no command for the domain's owner in\n{printed}")
    world.cognito.update_user_pool_domain(**json.loads(found[1]))  # as whoever owns the domain would paste it
    world.notice("exempted", domain=DOMAIN)
    equal(world.policy(), "TLS_V1", "the policy after the owner's update")


@leaves_none
def two_at_once(world):
    """Two people pause the same domain in the same moment: both overrides are there, both are said, and one call ends both."""
    world.forget()
    with person(world, "jane.doe") as jane, person(world, "john.roe") as john:
        command = f'guardctl pause {DOMAIN} --for 1h --reason "at once"'
        both = [(one, one.starts(command)) for one in (jane, john)]
        for one, typed in both:
            code, printed = one.ends(typed)
            equal(code, 0, f"the exit code of {one.name}'s command, which printed\n{printed}")
        equal(len(kept(world)), 2, f"the number of overrides: {kept(world)}")
        until("both in notices", lambda: {each["actor"]["arn"] for each in world.read_notices() if each["kind"] == "override_changed"} == {jane.arn, john.arn})
        shown = jane.types("guardctl overrides")
        expect(jane.arn in shown and john.arn in shown, f"one of them is not in\n{shown}")
        world.change()
        paused = world.notice("paused", domain=DOMAIN)
        equal(world.policy(), "TLS_V1", "the policy under two pauses")
        expect("at once" in json.dumps(paused), f"the reason is not in {paused}")
        world.forget()
        names = [f"{world.outputs['OverridesPath']}/{name}" for name in kept(world)]
        john.client(world, "ssm").delete_parameters(Names=names)
        heard = world.notice("override_changed")
        equal((heard["actor"]["arn"], heard["event"]["name"]), (john.arn, "DeleteParameters"), "who ended both")
        world.becomes(FLOOR)
