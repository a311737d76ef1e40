"""docs/deploy.md, "With cargo lambda", and docs/operate.md: every command of theirs, in the order of a stack's life."""

import functools
import json

from . import doctor, path
from .documented import blocks, operate, shell
from .stage import stage as add_stage
from .world import ACCOUNT, BUILT, DOMAIN, EXAMPLE, FLOOR, REGION, ROOT, STACK, changed_event, equal, expect

STAGES = []
stage = functools.partial(add_stage, into=STAGES)


def guide(first, last=None):
    """The blocks of "With cargo lambda" from one heading to another, in one shell: those before it only if they just set names."""
    found = blocks("deploy.md", "With cargo lambda")
    headings = [heading for heading, _ in found]
    start, end = headings.index(first), max(i for i, heading in enumerate(headings) if heading == (last or first))
    names = [commands for heading, commands in found if heading in ("Names", "Topic")]  # creating a topic again gives its ARN
    before = names if start else []
    commands = "\n".join(before + [f"echo '### {heading}'\n{commands}" for heading, commands in found[start : end + 1]])
    return commands.replace("baseline/baseline.yaml", str(enforcing()))


def enforcing():
    """The example in place of the shipped baseline, which audits: these stages want reverts."""
    file = ROOT / "target" / "e2e" / "enforcing" / "baseline.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(EXAMPLE.read_text())
    return file


@stage(essential=True)
def deploy_by_hand(world):
    """docs/deploy.md, "With cargo lambda": from the names to the alarm."""
    world.start_emulator()
    world.before = world.inventory()
    printed = shell(guide("Names", "Try it"))
    expect('"ignored"' in printed, f"the function did not answer:\n{printed[-600:]}")
    name, functions = STACK, f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
    queue = lambda kind: world.sqs.get_queue_url(QueueName=f"{name}-{kind}")["QueueUrl"]
    world.guard, world.sweeper, world.role = name, f"{name}-sweep", name
    world.outputs = {
        "NoticeTopic": f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}",
        "GuardFunction": f"{functions}:{name}",
        "SweepFunction": f"{functions}:{name}-sweep",
        "GuardRole": f"arn:aws:iam::{ACCOUNT}:role/{name}",
        "RecheckQueue": queue("recheck"),
        "DeadLetterQueue": queue("dead-letters"),
        "DomainChangeRule": f"{name}-domain-change",
        "GuardLogs": f"/aws/lambda/{name}",
        "SweepLogs": f"/aws/lambda/{name}-sweep",
    }
    world.subscribe()


@stage
def doctor_by_name(world):
    """guardctl doctor finds all of it by the function's name, and has nothing to fix."""
    doctor.make_trail(world)
    doctor.is_well("--function", world.guard)


# What holds for the stack holds here.
for name in "deployed-values revert notice own-event logs through-proxy throttled-then-rechecked sweep-invoked sweep-by-schedule each-permission".split():
    STAGES.append(next(each for each in path.STAGES if each.name == name))


@stage
def another_baseline(world):
    """docs/deploy.md: "Another baseline"."""
    world.forget()
    with world.events_off():
        world.change()
        shell(guide("Another baseline"))
        world.becomes(FLOOR)


@stage
def taken_away(world):
    """docs/deploy.md: "Taking it away" leaves nothing."""
    shell(guide("Taking it away"))
    world.unsubscribe()
    world.is_empty_again()


# ── docs/operate.md, on a stack ────────────────────────────────────────────────────────────────────────────────────────────────


STAGES.append(next(each for each in path.STAGES if each.name == "sam-build"))


@stage(essential=True)
def stack_to_operate(world):
    """A stack in an emulator of its own."""
    world.start_again()
    world.deploy(BUILT / "template.yaml")
    world.subscribe()
    path.revert(world)


@stage
def allow_and_pause_without_guardctl(world):
    """docs/operate.md: an override by the AWS CLI, a pause of every domain, and its end, each block as it stands."""
    world.forget()
    operate("Without guardctl", nth=0)
    made = world.notice("override_changed")
    expect(DOMAIN in json.dumps(made["overrides"]), f"the documented override is not for {DOMAIN}: {made['overrides']}")
    world.change()
    world.notice("exempted", domain=DOMAIN)
    operate("Without guardctl", nth=1)
    world.forget()
    world.ssm.delete_parameter(Name=f"{world.outputs['OverridesPath']}/login-inc-4711")
    equal([one["domain"] for one in world.notice("override_changed")["overrides"]], ["*"], "what is still in force")
    world.forget()
    equal(world.policy(), "TLS_V1", "the policy under the pause")
    operate("Without guardctl", nth=2)
    world.becomes(FLOOR)


@stage
def stop_in_an_emergency(world):
    """docs/operate.md: one command, and the guard changes nothing any more, while it still notifies."""
    world.forget()
    operate("Stop it from changing anything")
    world.change()
    world.notice("revert_failed")
    equal(world.policy(), "TLS_V1", "the domain's policy")


@stage
def and_bring_it_back(world):
    """docs/operate.md: one command, and a sweep for what happened meanwhile."""
    world.forget()
    operate("Bring it back")
    world.becomes(FLOOR)


@stage
def silence_it_altogether(world):
    """docs/operate.md: one parameter takes all out of service and back, and the functions keep their program."""
    program = lambda: world.awslambda.get_function_configuration(FunctionName=world.guard)["CodeSha256"]
    state = lambda: world.events.describe_rule(Name=world.outputs["DomainChangeRule"].split("|")[-1])["State"]
    before = program()
    operate("Silence it altogether")
    equal((state(), program()), ("DISABLED", before), "the rule's state, and the digest of the function's code")
    (source,) = world.awslambda.list_event_source_mappings(FunctionName=world.guard)["EventSourceMappings"]
    equal(source["State"], "Disabled", "the event source's state")
    # As the doctor says it. MiniStack knows the shorter state only.
    _, found = doctor.examine()
    command = found["rule", "fix"].split(" => ")[1]
    expect("--use-previous-template" in command, f"the doctor says {command}")
    shell(command.replace("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", "ENABLED"))
    equal((state(), program()), ("ENABLED", before), "the rule's state, and the digest of the function's code")


@stage
def dead_letters(world):
    """docs/operate.md: what waits, and why."""
    event = changed_event(world)
    record = {"requestPayload": event, "requestContext": {}, "responsePayload": {"errorType": "DomainBusy", "errorMessage": f"{DOMAIN}: busy"}}
    world.sqs.send_message(QueueUrl=world.outputs["DeadLetterQueue"], MessageBody=json.dumps(record))
    printed = operate("Dead letters")
    expect("DomainBusy" in printed, f"the error is not in what was printed:\n{printed}")


@stage
def sweep_now(world):
    """docs/operate.md: a sweep at once."""
    printed = operate("Sweep now")
    expect('"sweep"' in printed, f"no sweep in what was printed:\n{printed}")


@stage
def uninstall(world):
    """docs/operate.md: nothing is left."""
    operate("Uninstall")
    world.unsubscribe()
    world.is_empty_again()
