"""The whole path, from `sam validate` to `sam delete`. The order counts: each stage finds what the one before left."""

import functools
import json
import subprocess
import sys
import time

from . import adopt, conformance, doctor, overrides, permissions, release, sarif, scp, upgrade, watch
from . import report as evidence
from .doctor_faults import broken_baseline
from .stage import stage as add_stage
from .world import BUILT, DOMAIN, EXAMPLE, FLOOR, REGION, ROOT, SAM, STACK, SWEEP, changed_event, equal, expect, run, until

STAGES = []
stage = functools.partial(add_stage, into=STAGES)


# ── Build and deploy ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@stage
def sam_validate(world):
    """SAM takes the template."""
    run(ROOT / "scripts" / "release-env", "sam", "validate", "--region", REGION)


@stage
def release_build(world):
    """The Lambda alone, without the command line's features, builds without a warning: nothing in it is unused."""
    printed = run(ROOT / "scripts" / "release-env", "cargo-lambda", "lambda", "build", "--release", "--bin", "cognito-domain-guard")
    expect("warning:" not in printed, f"the build warns:\n{printed}")


@stage(essential=True)
def sam_build(world):
    """`sam build` as in the README, with cargo-lambda and without Docker."""
    run(ROOT / "scripts" / "release-env", "sam", "build", "--parameter-overrides", "Architecture=x86_64")
    bootstrap = BUILT / "GuardFunction" / "bootstrap"
    expect(bootstrap.read_bytes()[:4] == b"\x7fELF", f"{bootstrap} is no program")
    world.declare(BUILT, EXAMPLE.read_text())


@stage
def check_template(world):
    """Translation, cfn-lint, parliament, agreement of numbers and names, event patterns."""
    run(sys.executable, ROOT / "scripts" / "check-template")


@stage(essential=True)
def sam_deploy(world):
    """`sam deploy` to MiniStack, which enforces IAM; all resources come up."""
    world.start_emulator()
    world.before = world.inventory()
    world.deploy(BUILT / "template.yaml")
    world.subscribe()
    resources = world.cloudformation.describe_stack_resources(StackName=STACK)["StackResources"]
    states = {resource["LogicalResourceId"]: resource["ResourceStatus"] for resource in resources}
    expect(len(states) > 25, f"only {len(states)} resources")
    wrong = {name: state for name, state in states.items() if state != "CREATE_COMPLETE"}
    expect(not wrong, f"not created: {wrong}")


@stage
def deployed_values(world):
    """What the later stages make shorter, as it was deployed; and what must fit each other."""
    recheck = world.queue(world.outputs["RecheckQueue"])
    dead_letters = world.queue_arn(world.outputs["DeadLetterQueue"])
    equal(recheck["DelaySeconds"], "60", "the recheck queue's delay")
    equal(recheck["VisibilityTimeout"], "60", "the recheck queue's visibility timeout")
    equal(json.loads(recheck["RedrivePolicy"]), {"deadLetterTargetArn": dead_letters, "maxReceiveCount": 90}, "its redrive policy")
    function = world.awslambda.get_function_configuration(FunctionName=world.guard)
    expect(function["Timeout"] <= 60, f"the function may run {function['Timeout']} s, longer than the queue hides its message")
    equal(function["MemorySize"], 128, "the function's memory")
    (source,) = world.awslambda.list_event_source_mappings(FunctionName=world.guard)["EventSourceMappings"]
    equal((source["State"], source["BatchSize"]), ("Enabled", 1), "the event source's state and batch size")
    equal(source["FunctionResponseTypes"], ["ReportBatchItemFailures"], "the event source's response types")
    (later,) = world.awslambda.list_function_event_invoke_configs(FunctionName=world.guard)["FunctionEventInvokeConfigs"]
    equal(later["MaximumRetryAttempts"], 0, "the function's retries")
    equal(later["DestinationConfig"]["OnFailure"]["Destination"], recheck["QueueArn"], "where failed events go")
    rule = world.events.describe_rule(Name=world.outputs["DomainChangeRule"].split("|")[-1])
    expect(rule["State"].startswith("ENABLED"), f"the rule is {rule['State']}")


@stage
def without_tls(world):
    """Whoever comes without TLS is refused by each queue and topic, and no topic lets everybody in."""
    watch.without_tls(world)


# ── The path ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────


@stage(essential=True)
def revert(world):
    """A foreign UpdateUserPoolDomain -> CloudTrail -> the rule -> the function -> Cognito back at the baseline."""
    world.create_domain()
    world.forget()
    world.change()
    start = time.monotonic()
    equal(world.policy(), "TLS_V1", "the domain's policy after the foreign change")
    world.becomes(FLOOR)
    expect(time.monotonic() - start < 10, "it took 10 s")


@stage
def notice(world):
    """The notice is in a queue that is subscribed to the topic: the record, as the change's author and tool made it."""
    record = world.notice("reverted", domain=DOMAIN)
    (change,) = record["changes"]
    found = (change["attribute"], change["observed"], change["baseline"], change["desired"])
    equal(found, ("security_policy", "TLS_V1", f"at_least: {FLOOR}", FLOOR), "the change")
    expect(record["actor"]["via"].startswith("boto3 "), f"the tool is {record['actor']['via']!r}")
    (cause,) = [call for call in world.calls("UpdateUserPoolDomain") if "app/cdg." not in call["userAgent"]]
    equal(record["incident"], cause["eventID"], "the incident")


@stage
def own_event(world):
    """The event of the guard's own update leads to the notice `restored`, under the same incident, and to no update."""
    record = world.notice("restored", domain=DOMAIN)
    equal(record["incident"], world.notice("reverted")["incident"], "the incident")
    world.forget()
    equal(world.own_updates(), 1, "the number of the guard's updates")
    (own,) = [call for call in world.calls("UpdateUserPoolDomain") if "app/cdg." in call["userAgent"]]
    expect(f"app/cdg.{record['incident']}" in own["userAgent"], f"the cause is not in the user agent {own['userAgent']}")


@stage
def logs(world):
    """The log group has the line of the domain, the record of the notice with who did it, that of the event, and the metrics."""

    def lines():
        found = [json.loads(line) for line in world.log_lines(world.outputs["GuardLogs"]) if line.startswith("{")]
        reverted = [line for line in found if line.get("domain.outcome") == "reverted"]
        notices = [line["notice"] for line in found if line.get("message") == "notice" and line["notice"]["kind"] == "reverted"]
        settled = [line for line in found if line.get("message") == "report" and line["settled"] is True]
        metrics = [line for line in found if "_aws" in line and line.get("Reverts") == 1]
        return reverted and notices and settled and metrics and (reverted[0], notices[0], metrics[0])

    reverted, notice, metrics = until("the lines", lines)
    equal(notice["incident"], reverted["incident.id"], "the incident in the record of the notice")
    expect(notice["actor"]["name"], "the record of the notice has no actor")
    equal((reverted["domain.name"], reverted["level"]), (DOMAIN, "INFO"), "the domain's line")
    equal(metrics["_aws"]["CloudWatchMetrics"][0]["Namespace"], "CognitoDomainGuard", "the metrics' namespace")
    equal((metrics["Domain"], metrics["NoticeFailures"]), (DOMAIN, 0), "the metrics")


@stage
def command_line(world):
    """guardctl reads this AWS that others wrote, and puts a domain back there: snapshot, validate, plan, rehearse, apply, plan."""
    guardctl = doctor.guardctl()
    snapshot, wanted = world.work / "snapshot.yaml", world.work / "wanted.yaml"
    run(guardctl, "snapshot", "--output", snapshot, "--force")
    run(guardctl, "validate", snapshot)
    run(guardctl, "plan", "--baseline", snapshot)
    declared = snapshot.read_text()
    expect(f"security_policy: {{ at_least: {FLOOR} }}\n" in declared, f"the snapshot does not declare {FLOOR}")
    higher = "TLS_V1_3_2025"
    wanted.write_text(declared.replace(f"at_least: {FLOOR} ", f"at_least: {higher} ").replace("mode: audit", "mode: enforce"))
    drifted = subprocess.run([str(guardctl), "plan", "--baseline", str(wanted)], stdout=subprocess.DEVNULL, check=False)
    equal(drifted.returncode, 2, "the exit code of a plan that finds drift")
    log = subprocess.run([str(guardctl), "plan", "--baseline", str(wanted), "--format", "sarif"], stdout=subprocess.PIPE, check=False)
    equal(sarif.faults(json.loads(log.stdout)), [], "what the schema of SARIF does not allow in a plan")
    rehearsed = world.work / "event.json"
    rehearsed.write_text(json.dumps(changed_event(world)))
    live = subprocess.run([str(guardctl), "rehearse", "--baseline", str(wanted), str(rehearsed)], stdout=subprocess.PIPE, text=True, check=False)
    equal(live.returncode, 2, "the exit code of an event's rehearsal where there is drift")
    expect(f" -> {higher} " in live.stdout, f"a rehearsal does not say what would be sent: {live.stdout}")
    equal(world.policy(), FLOOR, "the domain's policy after a rehearsal")
    run(guardctl, "apply", "--baseline", wanted, "--domain", DOMAIN, "--yes", "--wait")
    equal(world.policy(), higher, "the domain's policy after apply")
    run(guardctl, "plan", "--baseline", wanted)
    world.forget()


@stage
def doctor_healthy(world):
    """guardctl doctor has nothing to fix, by the stack's name and by the function's alone. (The test makes the trail.)"""
    doctor.healthy(world)


@stage
def doctor_faults(world):
    """Broken in each way that the doctor should find, it finds that and nothing else; fixed, nothing."""
    doctor.each_fault(world)


@stage
def doctor_without_permissions(world):
    """Who may not look learns what could not be checked, and the policy for it."""
    doctor.without_permissions(world)


@stage
def conformance_measures(world):
    """guardctl conformance is refused where the guard governs; elsewhere it finds this Cognito's answers, after runs that were killed, and leaves nothing."""
    conformance.proves(world)


@stage
def override_story(world):
    """A revert's notice has the command that undoes it: the old policy is back within a minute and stays, everybody hears who did it, and resume ends it."""
    overrides.story(world)


@stage
def override_ends(world):
    """An override ends by itself: the next sweep puts back what it allowed."""
    overrides.ends(world)


@stage
def override_malformed(world):
    """One that cannot be understood, is encrypted or lasts too long holds its domain, critically, and no other."""
    overrides.malformed(world)


@stage
def override_refused(world):
    """Who may not make an override makes none; who may not change the domain gets the command for its owner, and it works."""
    overrides.refused(world)


@stage
def override_two_at_once(world):
    """Two people pause one domain in the same moment: nothing is lost, and both are said."""
    overrides.two_at_once(world)


@stage
def changes_to_the_guard(world):
    """A change to the guard itself reaches the topic for alarms, in words, with who did it; other functions' changes do not."""
    watch.changes(world)


@stage
def init_error(world):
    """A function that cannot start says why: the answer has the baseline's mistake with its place, not Runtime.ExitError."""
    with broken_baseline(world):
        answer, failed = world.invoke(world.guard, changed_event(world))
        expect(failed, f"the function answered {answer}")
        # The emulator gives an error of a start a type of its own, and quotes the guard's in the text.
        expect("BaselineInvalid" in str(answer), f"the type of the error {answer}")
        for words in ("baseline.yaml:5:20", "TLS_V12", "did you mean TLS_V1_2_2021"):
            expect(words in answer["errorMessage"], f"no {words} in {answer['errorMessage']}")


@stage
def sam_remote_invoke(world):
    """`sam remote invoke` sends a file of events/ to the function."""
    printed = run(SAM, "remote", "invoke", "--stack-name", STACK, "GuardFunction", "--event-file", ROOT / "events" / "unrelated-event.json")
    answer, _ = json.JSONDecoder().raw_decode(printed[printed.index('{"') :])
    equal(answer["trigger"], "ignored", "what the function made of unrelated-event.json")


# ── Faults between the function and Cognito ────────────────────────────────────────────────────────────────────────────────────

THROTTLE = {"error": {"code": "TooManyRequestsException", "status": 400}}


@stage(essential=True)
def through_proxy(world):
    """The function reaches Cognito through microburst, and the recheck queue no longer takes minutes."""
    world.start_proxy()
    world.configure(world.guard, AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=world.proxy)
    recheck, dead = world.outputs["RecheckQueue"], world.queue_arn(world.outputs["DeadLetterQueue"])
    redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 3})
    world.sqs.set_queue_attributes(QueueUrl=recheck, Attributes={"DelaySeconds": "1", "VisibilityTimeout": "1", "RedrivePolicy": redrive})
    world.change()
    world.notice("reverted")
    world.becomes(FLOOR)


@stage
def throttled_twice(world):
    """Cognito throttles an update twice: the SDK's third try succeeds, within one invocation."""
    world.forget()
    before = world.own_updates()
    with world.fault(operation="UpdateUserPoolDomain", times=2, **THROTTLE) as fired:
        world.change()
        world.becomes(FLOOR)
        equal(fired(), 2, "the number of throttled calls")
    world.notice("reverted")
    world.forget()
    equal(world.own_updates() - before, 1, "the number of accepted updates")
    equal(world.waiting(world.outputs["RecheckQueue"]), 0, "the messages in the recheck queue")


@stage
def throttled_then_rechecked(world):
    """Throttled for longer: the invocation ends in Throttled, its record goes through the recheck queue and back, and then it succeeds."""
    world.forget()
    with world.events_off(), world.fault(**THROTTLE):
        world.change()
        event = changed_event(world)
        answer, failed = world.invoke(world.guard, event)
        equal((failed, answer.get("errorType")), (True, "Throttled"), "how the invocation ended")
        expect(DOMAIN in answer["errorMessage"] and "TooManyRequestsException" in answer["errorMessage"], f"the message is {answer['errorMessage']}")
        world.invoke_later(world.guard, event)
        until("the record in the recheck queue", lambda: world.waiting(world.outputs["RecheckQueue"]))
        equal(world.policy(), "TLS_V1", "the domain's policy")
    world.becomes(FLOOR)
    equal(world.notice("reverted")["incident"], event["detail"]["eventID"], "the incident")
    until("an empty recheck queue", lambda: world.waiting(world.outputs["RecheckQueue"]) == 0)
    equal(world.waiting(world.outputs["DeadLetterQueue"]), 0, "the dead letters")


@stage
def throttled_for_ever(world):
    """Throttled for ever: after the last look the record is a dead letter, with the event and the reason in it."""
    event = dead_letter(world)
    dead = world.outputs["DeadLetterQueue"]
    (message,) = world.sqs.receive_message(QueueUrl=dead, VisibilityTimeout=0, WaitTimeSeconds=1)["Messages"]
    record = json.loads(message["Body"])
    equal(record["responsePayload"]["errorType"], "Throttled", "the dead letter's error type")
    equal(record["requestPayload"]["detail"]["eventID"], event["detail"]["eventID"], "the dead letter's event")
    equal(world.policy(), "TLS_V1", "the domain's policy")


def dead_letter(world):
    """Leaves one, and says of which event it is."""
    world.forget()
    with world.events_off(), world.fault(**THROTTLE):
        world.change()
        world.invoke_later(world.guard, event := changed_event(world))
        until("the dead letter", lambda: world.waiting(world.outputs["DeadLetterQueue"]), 40)
        time.sleep(2.5)  # the queue hides a message for less time here than a look takes: the last one may still be under way
    return event


@stage
def redrive(world):
    """A dead letter that is put back is looked at again. (MiniStack knows no move tasks; the test moves what RedriveCommand says.)"""
    if not world.waiting(world.outputs["DeadLetterQueue"]):  # the stage before leaves one, if it ran
        dead_letter(world)
    world.forget()
    words = world.outputs["RedriveCommand"].split()
    equal(words[:3], ["aws", "sqs", "start-message-move-task"], "the beginning of the command")
    options = dict(zip(words[3::2], words[4::2]))
    urls = {world.queue_arn(world.outputs[name]): world.outputs[name] for name in ("RecheckQueue", "DeadLetterQueue")}
    source, destination = urls[options["--source-arn"]], urls[options["--destination-arn"]]
    (message,) = world.sqs.receive_message(QueueUrl=source, WaitTimeSeconds=2)["Messages"]
    world.sqs.send_message(QueueUrl=destination, MessageBody=message["Body"])
    world.sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
    world.becomes(FLOOR)
    world.notice("reverted")
    equal(world.waiting(world.outputs["DeadLetterQueue"]), 0, "the dead letters")


@stage
def reset_after_update(world):
    """The connection breaks after Cognito applied the update: no harm is done twice, and a notice comes all the same."""
    world.forget()
    before = world.own_updates()
    with world.fault(operation="UpdateUserPoolDomain", times=1, response={"abort_bytes": 0}) as fired:
        world.change()
        world.becomes(FLOOR)
        until("the fault", fired)
    until("a notice", lambda: {"reverted", "restored"} & set(kind["kind"] for kind in world.read_notices()))
    world.forget()
    repeats = [call["requestParameters"] for call in world.calls("UpdateUserPoolDomain") if "app/cdg." in call["userAgent"]][: world.own_updates() - before]
    expect(1 <= len(repeats) <= 2, f"{len(repeats)} updates")
    expect(all(repeat == repeats[0] for repeat in repeats), f"the updates differ: {repeats}")
    equal(world.policy(), FLOOR, "the domain's policy")


@stage
def cognito_out_of_reach(world):
    """No connection to Cognito at all: the invocation ends in Unavailable, within the function's time."""
    world.forget()
    with world.events_off(), world.fault(reset=True):
        answer, failed = world.invoke(world.guard, changed_event(world))
        equal((failed, answer.get("errorType")), (True, "Unavailable"), "how the invocation ended")


# ── Sweeps, updates, permissions, the end ──────────────────────────────────────────────────────────────────────────────────────


@stage
def sweep_invoked(world):
    """A sweep puts back what there was no event of, and says what it saw."""
    world.configure(world.guard, AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=None)
    world.forget()
    with world.events_off():
        world.change()
        answer, failed = world.invoke(world.sweeper, SWEEP)
        expect(not failed, f"the sweep ended in {answer}")
        equal(answer["sweep"]["domains"], 1, "the number of domains")
        equal(world.policy(), FLOOR, "the domain's policy")
    digest = world.notice("sweep_digest")
    equal([(change["domain"], change["observed"], change["desired"]) for change in digest["changes"]], [(DOMAIN, "TLS_V1", FLOOR)], "the digest")


@stage
def alarms(world):
    """Each alarm is in docs/observe.md, publishes to the topic for alarms, and watches a metric that there is."""
    watch.alarms(world)


@stage
def sweep_after_deployment(world):
    """The end of a deployment starts a sweep, by the stack's rule. (MiniStack's CloudFormation sends no event; the test does.)"""
    world.forget()
    with world.events_off():
        world.change()
        world.tell_deployed()
        world.becomes(FLOOR)


@stage
def sweep_by_schedule(world):
    """The schedule starts a sweep. (The deployed rate is checked; then it is made a minute.)"""
    names = world.events.list_rule_names_by_target(TargetArn=world.outputs["SweepFunction"])["RuleNames"]
    (rule,) = [rule for rule in map(lambda name: world.events.describe_rule(Name=name), names) if rule.get("ScheduleExpression")]
    expect(rule["ScheduleExpression"] in ("rate(1 hour)", "rate(60 minutes)"), f"the schedule is {rule['ScheduleExpression']}")
    world.forget()
    with world.events_off():
        world.change()
        world.events.put_rule(Name=rule["Name"], ScheduleExpression="rate(1 minute)", State="ENABLED")
        world.becomes(FLOOR, 90)
        world.events.put_rule(Name=rule["Name"], ScheduleExpression=rule["ScheduleExpression"], State="ENABLED")


@stage
def report(world):
    """guardctl report finds the incident that the test makes in the functions' logs, with who made it and how long it took, in each form; and says what may not be read."""
    evidence.finds_the_incident(world)
    evidence.on_call(world)


@stage
def queries(world):
    """Each query of docs/observe.md is taken by Logs Insights, finds lines of the functions, and names their fields."""
    evidence.queries(world)


@stage
def changed_baseline(world):
    """A stack update with another baseline takes effect with its deployment, and a domain follows it."""
    world.forget()
    copy, text = world.copy_of_build(), EXAMPLE.read_text()
    expect("security_policy: { at_least: TLS_V1_2_2021 }" in text, "the example's default has changed; change this test")
    world.declare(copy, text.replace("security_policy: { at_least: TLS_V1_2_2021 }", "security_policy: { at_least: TLS_V1_3_2025 }"))
    world.deploy(copy / "template.yaml")
    world.tell_deployed()
    world.becomes("TLS_V1_3_2025")
    world.forget()
    world.change(FLOOR)
    world.becomes("TLS_V1_3_2025")
    equal(world.notice("reverted")["changes"][0]["baseline"], "at_least: TLS_V1_3_2025", "what the notice says is declared")


@stage
def baseline_rolled_back(world):
    """The baseline before, deployed again: a weaker policy is in order again, and nothing is written."""
    world.deploy(BUILT / "template.yaml")
    world.forget()
    before = world.own_updates()
    world.change(FLOOR)
    world.forget()
    equal((world.policy(), world.own_updates() - before), (FLOOR, 0), "the policy, and the number of updates")


@stage
def adopted(world):
    """docs/adopt.md to its end, in a checkout of its own: the file that the walk made is deployed, and nothing else is put back."""
    adopt.to_its_end(world, BUILT / "template.yaml", FLOOR)


@stage
def paused(world):
    """RuleState=DISABLED takes the guard out of service; ENABLED, with other options, brings it back. What happened meanwhile, the sweep finds."""
    world.deploy(BUILT / "template.yaml", RuleState="DISABLED")
    world.forget()
    world.change()
    world.tell_deployed()
    world.forget()
    equal(world.policy(), "TLS_V1", "the policy, with the guard out of service")
    (source,) = world.awslambda.list_event_source_mappings(FunctionName=world.guard)["EventSourceMappings"]
    equal(source["State"], "Disabled", "the event source's state")
    doctor.finds_silenced(world)
    world.deploy(BUILT / "template.yaml", RetainLogs="true", DenyOwnDistributions="true", AlarmEmail="on-call@example.com")
    world.kept_logs = {world.outputs["GuardLogs"], world.outputs["SweepLogs"]}
    permissions.own_distributions_denied(world)
    world.tell_deployed()
    world.becomes(FLOOR)


@stage
def each_permission(world):
    """docs/permissions.md lists exactly the role's permissions; without any one of them, the check it names fails."""
    permissions.prove(world)


@stage
def service_control_policies(world):
    """The SCPs of docs/permissions.md and SECURITY.md, with the names of the deployed stack: one role makes overrides, one changes the guard."""
    scp.hold(world)


@stage
def sam_delete(world):
    """`sam delete` leaves nothing but the logs that were to be kept."""
    run(SAM, "delete", "--stack-name", STACK, "--no-prompts", "--region", REGION)
    watch.stop_forwarding()
    world.unsubscribe()
    world.is_empty_again()


@stage
def updated_from_0_1_0(world):
    """A stack of 0.1.0 is updated while a recheck waits in its queue: the new release settles it, under the incident of then."""
    upgrade.waits_through(world, "0.1.0", BUILT)


@stage
def from_a_release(world):
    """docs/deploy.md, "From a release", as it stands, with the files of a release alone; and the stack of the Terraform module."""
    release.installs(world)
