"""Who changes the guard itself, what is refused, and the alarms, on the deployed stack."""

import contextlib
import json
import re

from .world import ACCOUNT, REGION, ROOT, STACK, SWEEP, Failure, equal, expect, until

IAM_REGION = "us-east-1"
IAM_STACK = f"{STACK}-iam-watch"



# ── TLS ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def without_tls(world):
    """Whoever comes without TLS is refused by each queue and topic; with TLS, the same caller is not."""
    queues = [world.outputs[name] for name in ("RecheckQueue", "DeadLetterQueue", "UndeliveredQueue")]
    topics = [world.outputs[name] for name in ("NoticeTopic", "AlarmTopic")]
    expect(topics[0] != topics[1], "alarms have no topic of their own")
    plain = {service: in_the_clear(world.client(service)) for service in ("sqs", "sns")}
    for url in queues:
        world.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        refused(plain["sqs"].get_queue_attributes, QueueUrl=url, AttributeNames=["QueueArn"])
        refused(plain["sqs"].send_message, QueueUrl=url, MessageBody="{}")
    for topic in topics:
        policy = json.loads(world.sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
        everybody = [s for s in policy["Statement"] if s["Effect"] == "Allow" and s["Principal"] in ("*", {"AWS": "*"})]
        expect(not everybody, f"everybody may use {topic}: {everybody}")
        refused(plain["sns"].get_topic_attributes, TopicArn=topic)
        refused(plain["sns"].publish, TopicArn=topic, Message="{}")
    equal([world.waiting(url) for url in queues], [0, 0, 0], "the messages in the queues")


def in_the_clear(client):
    """What a client sends counts as sent without TLS. (All is, on an emulator at 127.0.0.1; the bridge takes it for TLS otherwise.)"""

    def mark(request, **_):
        request.headers["x-forwarded-proto"] = "http"

    client.meta.events.register("before-send", mark)
    return client


def refused(call, **arguments):
    from botocore.exceptions import ClientError

    try:
        call(**arguments)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        expect("AccessDenied" in code or "AuthorizationError" in code, f"refused with {code}")
        return
    raise Failure(f"{call.__name__} {arguments} is not refused without TLS")


# ── Alarms ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def alarms(world):
    """Each alarm publishes to the topic for alarms, and watches a metric that there is: SQS's and Lambda's, or one of the log's lines."""
    world.invoke(world.sweeper, SWEEP)  # some metrics are a sweep's
    found = {alarm["AlarmName"]: alarm for alarm in world.cloudwatch.describe_alarms()["MetricAlarms"]}
    listed = re.findall(r"`([a-z-]+)`", "".join(re.findall(r"^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \| [^|]+ \|$", alarms_page(), re.M)))
    equal(sorted(found), sorted(f"{STACK}-{name}" for name in listed), "the alarms, against docs/observe.md")
    sent = {"AWS/SQS": {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"}, "AWS/Lambda": {"Throttles", "DestinationDeliveryFailures"}}
    lines = [json.loads(line) for group in ("GuardLogs", "SweepLogs") for line in world.log_lines(world.outputs[group]) if "CloudWatchMetrics" in line]
    sent["CognitoDomainGuard"] = {name for line in lines for name in line}
    for name, alarm in found.items():
        equal(alarm["AlarmActions"], [world.outputs["AlarmTopic"]], f"where {name} goes")
        for namespace, metric in alarm_metrics(alarm):
            expect(metric in sent.get(namespace, ()), f"{name} watches {namespace} {metric}, which nobody sends")
        for dimension in alarm.get("Dimensions", []):
            known = [world.guard, *(world.outputs[queue].split("/")[-1] for queue in ("RecheckQueue", "DeadLetterQueue", "UndeliveredQueue"))]
            expect(dimension["Value"] in known, f"{name} watches {dimension['Value']}")
    equal(found[f"{STACK}-drift-lasts"]["Threshold"], 1800, "the line of drift-lasts")


def alarms_page():
    return (ROOT / "docs" / "observe.md").read_text().split("## Alarms")[1]


def alarm_metrics(alarm):
    """(namespace, metric) of an alarm. The bridge keeps metric math and queries in the alarm's description of its metric."""
    if alarm["Namespace"] != "metric math":
        yield alarm["Namespace"], alarm["MetricName"]
        return
    for name in alarm["MetricName"].split():
        yield tuple(name.split(":"))


# ── Changes to the guard itself ────────────────────────────────────────────────────────────────────────────────────────────────


def changes(world):
    """A change to the guard is reported to the topic for alarms, in words, with who did it; another's change is not. Nothing wakes the guard."""
    queue, function = world.outputs["RecheckQueue"], world.guard
    rule, role = world.outputs["DomainChangeRule"].split("|")[-1], world.role
    cases = [
        ("lambda", "UpdateFunctionCode20150331v2", {"functionName": function}, function),
        ("lambda", "RemovePermission20150331v2", {"functionName": world.outputs["GuardFunction"]}, function),
        ("events", "DisableRule", {"name": rule}, rule),
        ("sqs", "PurgeQueue", {"queueUrl": queue}, queue),
        ("sns", "Subscribe", {"topicArn": world.outputs["NoticeTopic"]}, world.outputs["NoticeTopic"]),
        ("monitoring", "DeleteAlarms", {"alarmNames": [f"{STACK}-drift-lasts"]}, "DeleteAlarms"),
        ("cloudtrail", "StopLogging", {"name": "management-events"}, "management-events"),
        ("cloudformation", "ExecuteChangeSet", {"stackName": STACK, "changeSetName": "samcli-deploy1"}, STACK),
        ("iam", "AttachRolePolicy", {"roleName": role}, role),
    ]
    before = world.own_updates()
    world.read_alarms().clear()
    for source, call, request in [
        ("lambda", "UpdateFunctionCode20150331v2", {"functionName": f"{function}-2"}),
        ("lambda", "Invoke", {"functionName": function}),
        ("events", "DisableRule", {"name": f"{rule}-2"}),
        ("sqs", "PurgeQueue", {"queueUrl": f"{queue}-2"}),
        ("iam", "AttachRolePolicy", {"roleName": f"{role}-2"}),
    ]:
        tell(world, source, call, request)
    tell(world, "lambda", "UpdateFunctionCode20150331v2", {"functionName": function}, errorCode="AccessDenied")
    tell(world, "lambda", "UpdateFunctionCode20150331v2", {"functionName": function}, sourceIPAddress="cloudformation.amazonaws.com")
    for source, call, request, words in cases:
        tell(world, source, call, request)
        text = until(f"the text about {call}", lambda: next((text for text in world.read_alarms() if call in text), None))
        for word in (words, "arn:aws:sts::123456789012:assumed-role/PlatformAdmin/jane.doe", "203.0.113.24", "docs/operate.md"):
            expect(word in text, f"no {word} in {text}")
    detail = {"stack-id": world.stack_id, "status-details": {"status": "DELETE_IN_PROGRESS"}}
    world.put_event("aws.cloudformation", "CloudFormation Stack Status Change", detail)
    until("the text about the deletion", lambda: any("DELETE_IN_PROGRESS" in text for text in world.read_alarms()))
    equal(len(world.alarms_seen), len(cases) + 1, f"the number of texts: {world.alarms_seen}")
    equal(world.own_updates(), before, "the number of the guard's updates")


def tell(world, source, call, request, **more):
    """CloudTrail's event of a call, made by the test."""
    detail = {
        "eventVersion": "1.11",
        "userIdentity": {"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/PlatformAdmin/jane.doe", "accountId": ACCOUNT},
        "eventTime": "2026-11-26T02:51:02Z",
        "eventSource": f"{source}.amazonaws.com",
        "eventName": call,
        "awsRegion": REGION,
        "sourceIPAddress": "203.0.113.24",
        "userAgent": "aws-cli/2.31.39",
        "requestParameters": request,
        "responseElements": None,
        "eventID": "9d8c7b6a-5f4e-4d3c-8b2a-1f0e9d8c7b6a",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    }
    world.put_event(f"aws.{source}", "AWS API Call via CloudTrail", {**detail, **more})


# ── IAM's region ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def in_iam_region(service):
    import boto3

    return boto3.client(service, region_name=IAM_REGION)


def forward(world):
    """iam-watch.yaml in us-east-1."""
    parameters = {"GuardRoleName": world.role, "GuardRegion": REGION}
    in_iam_region("cloudformation").create_stack(
        StackName=IAM_STACK, TemplateBody=(ROOT / "iam-watch.yaml").read_text(), Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
    )  # fmt: skip
    in_iam_region("cloudformation").get_waiter("stack_create_complete").wait(StackName=IAM_STACK, WaiterConfig={"Delay": 1})
    (rule,) = in_iam_region("events").list_rules(NamePrefix="domain-guard-iam-watch-")["Rules"]
    target = in_iam_region("events").list_targets_by_rule(Rule=rule["Name"])["Targets"][0]["Arn"]
    equal(target, f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default", "where changes of the role are forwarded to")
    world.forwarder = rule["Name"]


def stop_forwarding():
    in_iam_region("cloudformation").delete_stack(StackName=IAM_STACK)
    in_iam_region("cloudformation").get_waiter("stack_delete_complete").wait(StackName=IAM_STACK, WaiterConfig={"Delay": 1})


@contextlib.contextmanager
def not_forwarding(world):
    in_iam_region("events").disable_rule(Name=world.forwarder)
    yield
    in_iam_region("events").enable_rule(Name=world.forwarder)
