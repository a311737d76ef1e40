"""The faults that `guardctl doctor` should find on the deployed stack: each is broken inside its context, and fixed after it."""

import contextlib
import json

from . import permissions, watch
from .world import ACCOUNT, REGION, ROOT, STACK, Failure

TRAIL = "management-events"
FAULTS = []


def make_trail(world):
    world.cloudtrail.create_trail(Name=TRAIL, S3BucketName="any", IsMultiRegionTrail=True)
    world.cloudtrail.start_logging(Name=TRAIL)


def fault(check, *words):
    """`words` must be in what the doctor says about `check`, or in how to fix it."""

    def add(function):
        FAULTS.append((function.__name__.replace("_", "-"), check, words, contextlib.contextmanager(function)))
        return function

    return add


def rule_of(world):
    return world.outputs["DomainChangeRule"].split("|")[-1]


@fault("trail", "no trail logs", "create-trail")
def no_trail(world):
    world.cloudtrail.delete_trail(Name=TRAIL)
    yield
    make_trail(world)


@fault("trail", f"{TRAIL} is stopped", "start-logging")
def trail_stopped(world):
    world.cloudtrail.stop_logging(Name=TRAIL)
    yield
    world.cloudtrail.start_logging(Name=TRAIL)


def selecting(world, **selectors):
    world.cloudtrail.put_event_selectors(TrailName=TRAIL, **selectors)
    yield
    world.cloudtrail.put_event_selectors(TrailName=TRAIL, EventSelectors=[{"ReadWriteType": "All", "IncludeManagementEvents": True}])


@fault("trail", "write management events", "put-event-selectors")
def trail_of_reads(world):
    yield from selecting(world, EventSelectors=[{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True}])


@fault("trail", "write management events")
def trail_of_data_events(world):
    yield from selecting(world, EventSelectors=[{"ReadWriteType": "All", "IncludeManagementEvents": False}])


@fault("trail", "write management events")
def trail_of_another_service(world):
    fields = [{"Field": "eventCategory", "Equals": ["Management"]}, {"Field": "eventSource", "NotEquals": ["cognito-idp.amazonaws.com"]}]
    yield from selecting(world, AdvancedEventSelectors=[{"Name": "most", "FieldSelectors": fields}])


@fault("rule", "is DISABLED", "enable-rule")
def rule_disabled(world):
    world.events.disable_rule(Name=rule_of(world))
    yield
    world.events.enable_rule(Name=rule_of(world))


def pattern(world, change):
    rule = world.events.describe_rule(Name=rule_of(world))
    changed = json.loads(rule["EventPattern"])
    change(changed["detail"])
    world.events.put_rule(Name=rule_of(world), EventPattern=json.dumps(changed), State="ENABLED")
    yield
    world.events.put_rule(Name=rule_of(world), EventPattern=rule["EventPattern"], State="ENABLED")


@fault("rule", "misses DeleteUserPoolDomain", "put-rule")
def pattern_without_deletions(world):
    yield from pattern(world, lambda detail: detail["eventName"].remove("DeleteUserPoolDomain"))


@fault("rule", 'UpdateUserPoolDomain with the errorCode ""', "put-rule")
def pattern_shuts_out_empty_error_codes(world):
    yield from pattern(world, lambda detail: detail.update(errorCode=[{"exists": False}]))


@fault("rule", "lets calls in that failed", "put-rule")
def pattern_lets_failures_in(world):
    yield from pattern(world, lambda detail: detail.pop("errorCode"))


def targets(world, change):
    before = world.events.list_targets_by_rule(Rule=rule_of(world))["Targets"]
    world.events.remove_targets(Rule=rule_of(world), Ids=[target["Id"] for target in before])
    for target in change(before):
        world.events.put_targets(Rule=rule_of(world), Targets=[target])
    yield
    world.events.put_targets(Rule=rule_of(world), Targets=before)


@fault("rule", "does not call", "put-targets")
def rule_without_target(world):
    yield from targets(world, lambda before: [])


@fault("rule", "does not call", "put-targets")
def rule_calls_the_sweep(world):
    yield from targets(world, lambda before: [{**before[0], "Arn": world.outputs["SweepFunction"]}])


@fault("rule", "no queue for events that cannot be delivered", "put-targets")
def target_without_queue(world):
    yield from targets(world, lambda before: [{key: value for key, value in before[0].items() if key != "DeadLetterConfig"}])


@fault("rule", "may not invoke", "add-permission")
def rule_may_not_invoke(world):
    policy = json.loads(world.awslambda.get_policy(FunctionName=world.guard)["Policy"])
    arn = world.events.describe_rule(Name=rule_of(world))["Arn"]
    (sid,) = [statement["Sid"] for statement in policy["Statement"] if arn in json.dumps(statement)]
    world.awslambda.remove_permission(FunctionName=world.guard, StatementId=sid)
    yield
    world.awslambda.add_permission(FunctionName=world.guard, StatementId=sid, Action="lambda:InvokeFunction", Principal="events.amazonaws.com", SourceArn=arn)


@fault("function", "reserved concurrency of 0", "delete-function-concurrency")
def function_stopped(world):
    world.awslambda.put_function_concurrency(FunctionName=world.guard, ReservedConcurrentExecutions=0)
    yield
    world.awslambda.delete_function_concurrency(FunctionName=world.guard)


@fault("function", "timeout of 3 s", "--timeout 55")
def function_with_lambdas_timeout(world):
    world.awslambda.update_function_configuration(FunctionName=world.guard, Timeout=3)
    yield
    world.awslambda.update_function_configuration(FunctionName=world.guard, Timeout=55)


@fault("settings", "NOTICE_TOPIC_ARN", "is not the ARN of a topic")
def settings_malformed(world):
    world.configure(world.guard, NOTICE_TOPIC_ARN="notices")
    yield
    world.configure(world.guard, NOTICE_TOPIC_ARN=world.outputs["NoticeTopic"])


@fault("settings", "GUARD_ROLE_ARN", "somebody else's")
def another_role_is_the_guard(world):
    world.configure(world.guard, GUARD_ROLE_ARN=f"arn:aws:iam::{ACCOUNT}:role/other")
    yield
    world.configure(world.guard, GUARD_ROLE_ARN=world.outputs["GuardRole"])


@fault("settings", "SWEEP_FUNCTION_ARN", "somebody else's")
def the_sweep_is_a_stranger(world):
    world.configure(world.guard, SWEEP_FUNCTION_ARN=None)
    yield
    world.configure(world.guard, SWEEP_FUNCTION_ARN=world.outputs["SweepFunction"])


def layered(world, layers):
    before = [layer["Arn"] for layer in world.awslambda.get_function_configuration(FunctionName=world.guard)["Layers"]]
    world.awslambda.update_function_configuration(FunctionName=world.guard, Layers=layers)
    yield
    world.awslambda.update_function_configuration(FunctionName=world.guard, Layers=before)


def layer(world, text):
    import io
    import zipfile

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("baseline.yaml", text)
    return world.awslambda.publish_layer_version(LayerName=f"{STACK}-other", Content={"ZipFile": archive.getvalue()})["LayerVersionArn"]


@contextlib.contextmanager
def broken_baseline(world):
    """The mistake of the README, in its place: line 5, column 20."""
    arn = layer(world, "version: 1\n\nmode: enforce\ndefaults:\n  security_policy: TLS_V12\n")
    before = [layer["Arn"] for layer in world.awslambda.get_function_configuration(FunctionName=world.guard)["Layers"]]
    world.awslambda.update_function_configuration(FunctionName=world.guard, Layers=[arn])
    try:
        yield
    finally:
        world.awslambda.update_function_configuration(FunctionName=world.guard, Layers=before)
        world.awslambda.delete_layer_version(LayerName=f"{STACK}-other", VersionNumber=int(arn.split(":")[-1]))


@fault("baseline", "not valid", "TLS_V12", "did you mean TLS_V1_2_2021", "guardctl validate")
def baseline_invalid(world):
    arn = layer(world, "version: 1\nmode: audit\ndefaults:\n  security_policy: TLS_V12\n")
    yield from layered(world, [arn])
    world.awslambda.delete_layer_version(LayerName=f"{STACK}-other", VersionNumber=int(arn.split(":")[-1]))


@fault("baseline", "different ones")
def baseline_of_the_guard_alone(world):
    arn = layer(world, "version: 1\nmode: audit\ndefaults:\n  security_policy: TLS_V1_2_2021\n")
    yield from layered(world, [arn])
    world.awslambda.delete_layer_version(LayerName=f"{STACK}-other", VersionNumber=int(arn.split(":")[-1]))


@fault("baseline", "finds no baseline", "/opt/baseline.yaml")
def baseline_missing(world):
    yield from layered(world, [])


def on_failure(world, **changed):
    (before,) = world.awslambda.list_function_event_invoke_configs(FunctionName=world.guard)["FunctionEventInvokeConfigs"]
    latest = {"FunctionName": world.guard, "Qualifier": "$LATEST"}
    kept = {name: before[name] for name in ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")}
    if changed:
        world.awslambda.put_function_event_invoke_config(**latest, **{**kept, **changed})
    else:
        world.awslambda.delete_function_event_invoke_config(**latest)
    yield
    world.awslambda.put_function_event_invoke_config(**latest, **kept)


@fault("failures", "no on-failure destination", "put-function-event-invoke-config")
def destination_missing(world):
    yield from on_failure(world)


@fault("failures", "repeats failed events 2 times", "--maximum-retry-attempts 0")
def lambda_retries_itself(world):
    yield from on_failure(world, MaximumRetryAttempts=2)


@fault("event_source", "Disabled", "--enabled")
def event_source_disabled(world):
    (source,) = world.awslambda.list_event_source_mappings(FunctionName=world.guard)["EventSourceMappings"]
    world.awslambda.update_event_source_mapping(UUID=source["UUID"], Enabled=False)
    yield
    world.awslambda.update_event_source_mapping(UUID=source["UUID"], Enabled=True)


def queue_attributes(world, output, **changed):
    url = world.outputs[output]
    before = world.queue(url)
    world.sqs.set_queue_attributes(QueueUrl=url, Attributes=changed)
    yield
    world.sqs.set_queue_attributes(QueueUrl=url, Attributes={name: before[name] for name in changed})


@fault("recheck_queue", "shows a message again after 30 s", "VisibilityTimeout=60")
def visibility_timeout_too_short(world):
    yield from queue_attributes(world, "RecheckQueue", VisibilityTimeout="30")


@fault("recheck_queue", "gives up after 9 looks", "maxReceiveCount")
def too_few_looks(world):
    redrive = json.dumps({"deadLetterTargetArn": world.queue_arn(world.outputs["DeadLetterQueue"]), "maxReceiveCount": 9})
    yield from queue_attributes(world, "RecheckQueue", RedrivePolicy=redrive)


@fault("recheck_queue", "no dead-letter queue")
def no_redrive_policy(world):
    yield from queue_attributes(world, "RecheckQueue", RedrivePolicy="")


def message_in(world, output):
    world.sqs.send_message(QueueUrl=world.outputs[output], MessageBody="{}")
    yield
    world.sqs.purge_queue(QueueUrl=world.outputs[output])


@fault("dead_letters", "1 message waits", "start-message-move-task")
def dead_letter_waiting(world):
    yield from message_in(world, "DeadLetterQueue")


@fault("undelivered", "1 message waits", "purge-queue")
def undelivered_event(world):
    yield from message_in(world, "UndeliveredQueue")


@fault("sweep", "starts no sweep", "enable-rule")
def schedule_disabled(world):
    names = world.events.list_rule_names_by_target(TargetArn=world.outputs["SweepFunction"])["RuleNames"]
    (name,) = [name for name in names if world.events.describe_rule(Name=name).get("ScheduleExpression")]
    world.events.disable_rule(Name=name)
    yield
    world.events.enable_rule(Name=name)


@fault("sweep", "reserved concurrency of 0")
def sweep_stopped(world):
    world.awslambda.put_function_concurrency(FunctionName=world.sweeper, ReservedConcurrentExecutions=0)
    yield
    world.awslambda.delete_function_concurrency(FunctionName=world.sweeper)


def unsubscribed(world):
    for subscription in world.sns.list_subscriptions_by_topic(TopicArn=world.outputs["NoticeTopic"])["Subscriptions"]:
        world.sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])


@fault("topic", "nobody is subscribed", "aws sns subscribe")
def nobody_subscribed(world):
    unsubscribed(world)
    yield
    world.subscribe()


@fault("topic", "no subscription of", "accept the confirmation that SNS sent to https://127.0.0.1:9/")
def subscription_not_confirmed(world):
    unsubscribed(world)  # and then an address that answers nothing
    world.sns.subscribe(TopicArn=world.outputs["NoticeTopic"], Protocol="https", Endpoint="https://127.0.0.1:9/")
    yield
    world.subscribe()  # the other stays until it expires: nobody can take it back


@fault("alarm_topic", "nobody is subscribed", "aws sns subscribe")
def nobody_hears_alarms(world):
    for subscription in world.sns.list_subscriptions_by_topic(TopicArn=world.outputs["AlarmTopic"])["Subscriptions"]:
        world.sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    yield
    world.subscribe()


ALARM = f"{STACK}-dead-letters"


@fault("alarms", f"{ALARM} is in ALARM since 20", "this test says so", "put the messages back")
def alarm_on(world):
    world.cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="this test says so")
    yield
    world.cloudwatch.set_alarm_state(AlarmName=ALARM, StateValue="OK", StateReason="this test says so")


@fault("alarms", f"the actions of {ALARM} are disabled", f"enable-alarm-actions --region {REGION} --alarm-names {ALARM}")
def alarm_silenced(world):
    world.cloudwatch.disable_alarm_actions(AlarmNames=[ALARM])
    yield
    world.cloudwatch.enable_alarm_actions(AlarmNames=[ALARM])


@fault("alarms", f"there is no alarm {ALARM}", "REVERT_DRIFT")
def alarm_deleted(world):
    """A composite alarm of its name is none of ours."""
    (alarm,) = world.cloudwatch.describe_alarms(AlarmNames=[ALARM])["MetricAlarms"]
    world.cloudwatch.delete_alarms(AlarmNames=[ALARM])
    world.cloudwatch.put_composite_alarm(AlarmName=ALARM, AlarmRule="FALSE")
    yield
    world.cloudwatch.delete_alarms(AlarmNames=[ALARM])
    taken = world.cloudwatch.meta.service_model.operation_model("PutMetricAlarm").input_shape.members
    world.cloudwatch.put_metric_alarm(**{name: value for name, value in alarm.items() if name in taken})


def watch_rule(world, part):
    (rule,) = world.events.list_rules(NamePrefix=f"domain-guard-{part}-" + world.stack_id.split("/")[-1])["Rules"]
    return rule["Name"]


@fault("watch", "domain-guard-topics-", "is DISABLED", "enable-rule")
def watch_disabled(world):
    world.events.disable_rule(Name=watch_rule(world, "topics"))
    yield
    world.events.enable_rule(Name=watch_rule(world, "topics"))


@fault("watch", "domain-guard-functions-", "does not publish to", "deploy the stack again")
def watch_without_target(world):
    name = watch_rule(world, "functions")
    before = world.events.list_targets_by_rule(Rule=name)["Targets"]
    world.events.remove_targets(Rule=name, Ids=[target["Id"] for target in before])
    yield
    world.events.put_targets(Rule=name, Targets=before)


@fault("watch", "may not publish to", "ArnEquals")
def topic_refuses_eventbridge(world):
    topic = world.outputs["AlarmTopic"]
    policy = world.sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
    less = json.loads(policy)
    less["Statement"] = [statement for statement in less["Statement"] if statement["Principal"] != {"Service": "events.amazonaws.com"}]
    world.sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(less))
    yield
    world.sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)


@fault("role_watch", "no rule of us-east-1", "iam-watch.yaml", "GuardRegion=eu-central-1")
def role_not_watched(world):
    with watch.not_forwarding(world):
        yield


def permission_taken(world, action):
    for name in world.iam.list_role_policies(RoleName=world.role)["PolicyNames"]:
        document = world.iam.get_role_policy(RoleName=world.role, PolicyName=name)["PolicyDocument"]
        if any(action in permissions.as_list(statement["Action"]) for statement in document["Statement"]):
            with permissions.without(world, action, name, document):
                yield
            return
    raise Failure(f"no policy of the role has {action}")


@fault("role", "may not cognito-idp:UpdateUserPoolDomain", "put-role-policy")
def may_not_update(world):
    yield from permission_taken(world, "cognito-idp:UpdateUserPoolDomain")


@fault("role", "may not sns:Publish", "put-role-policy")
def may_not_publish(world):
    yield from permission_taken(world, "sns:Publish")


@fault("role", "may not sqs:SendMessage", "put-role-policy")
def may_not_keep_events(world):
    yield from permission_taken(world, "sqs:SendMessage")


def stopped(world, name, resource):
    deny = {"Effect": "Deny", "Action": "cognito-idp:UpdateUserPoolDomain", "Resource": resource}
    world.iam.put_role_policy(RoleName=world.role, PolicyName=name, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [deny]}))
    yield
    world.iam.delete_role_policy(RoleName=world.role, PolicyName=name)


@fault("stop", "the guard is stopped: the policy emergency-stop", "It was set 0 minutes ago", f"by arn:aws:iam::{ACCOUNT}:root", "delete-role-policy")
def emergency_stop(world):
    yield from stopped(world, "emergency-stop", "*")


@fault("stop", "the guard is stopped for some domains", "the domains of arn:aws:cognito-idp:", "delete-role-policy", "one-pool")
def stopped_for_one_pool(world):
    yield from stopped(world, "one-pool", f"arn:aws:cognito-idp:{REGION}:{ACCOUNT}:userpool/{world.pool}")


@fault("program", "has no program", "the source code instead: Cargo.toml", "sam build && sam deploy")
def deployed_without_a_build(world):
    """As `sam deploy` leaves a function, without `sam build` before it."""
    import io
    import urllib.request
    import zipfile

    location = world.awslambda.get_function(FunctionName=world.guard)["Code"]["Location"]
    built = urllib.request.urlopen(location, timeout=30).read()
    checkout = io.BytesIO()
    with zipfile.ZipFile(checkout, "w") as file:
        for name in ("Cargo.toml", "src/main.rs", "template.yaml"):
            file.write(ROOT / name, name)
    world.awslambda.update_function_code(FunctionName=world.guard, ZipFile=checkout.getvalue())
    yield
    world.awslambda.update_function_code(FunctionName=world.guard, ZipFile=built)
