"""The service control policies of the documents. MiniStack has such policies and enforces none, so their statements are tried otherwise:
as a policy on each role, where the calls go over the wire; and by MiniStack's evaluator of policies.
"""

import contextlib
import json
import re

from .world import ACCOUNT, REGION, ROOT, equal, expect

MOST = 5120  # characters of one policy


def document(file, statement):
    """The policy of a document in which a statement has that name."""
    found = re.findall(r"^```json\n(.*?)^```$", (ROOT / file).read_text(), re.M | re.S)
    (text,) = [text for text in found if f'"{statement}"' in text]
    policy = json.loads(text)
    size = len(json.dumps(policy, separators=(",", ":")))
    expect(size <= MOST, f"{size} characters in the policy of {file}: it may have {MOST}")
    return policy


def judged(policy, who, action, resource, region=REGION):
    """What MiniStack's evaluator decides: `Deny`, or that the policy says nothing."""
    from ministack.core import iam_evaluator as iam

    context = iam.EvalContext(principal_arn=who, principal_type="AssumedRole", principal_account=who.split(":")[4], action=action, resource_arn=resource, region=region)
    return iam.evaluate(context, [iam.parse_policy_document(policy)]).decision


def check(policy, cases, region=REGION):
    for who, action, resource, denied in cases:
        equal(judged(policy, who, action, resource, region) == "Deny", denied, f"whether the SCP denies {who} {action} on {resource}")


@contextlib.contextmanager
def session(world, name, **policies):
    """SSM as a role of that name with these policies calls it."""
    import boto3

    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}]}
    arn = world.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    for policy, content in policies.items():
        world.iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(content))
    keys = world.sts.assume_role(RoleArn=arn, RoleSessionName="somebody")["Credentials"]
    try:
        yield boto3.client(
            "ssm", endpoint_url=world.endpoint, region_name=REGION, aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"],
        )  # fmt: skip
    finally:
        for policy in policies:
            world.iam.delete_role_policy(RoleName=name, PolicyName=policy)
        world.iam.delete_role(RoleName=name)


def refused(call, **parameters):
    from botocore.exceptions import ClientError

    try:
        call(**parameters)
    except ClientError as error:
        expect("AccessDenied" in error.response["Error"]["Code"], f"{parameters} is refused with {error}")
        return True
    return False


def only_on_call(world):
    """docs/permissions.md: one role makes and ends overrides, even where another one may do anything with SSM."""
    policy = document("docs/permissions.md", "OnlyOnCallMakesOverrides")
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "ssm:*", "Resource": "*"}]}
    path = world.outputs["OverridesPath"]
    pause = {"Type": "String", "Value": "pause: other.example.com\nuntil: 2000-01-01T00:00:00Z\nreason: a test\nby: jane.doe\n"}
    with session(world, "Administrator", everything=everything, scp=policy) as ssm:
        for name, denied in ((f"{path}/somebodys", True), ("/orders/limit", False)):
            equal(refused(ssm.put_parameter, Name=name, **pause), denied, f"whether the administrator may not make {name}")
        world.ssm.put_parameter(Name=f"{path}/made", **pause)
        equal(refused(ssm.delete_parameter, Name=f"{path}/made"), True, "whether the administrator may not end an override")
        equal(refused(ssm.delete_parameters, Names=[f"{path}/made"]), True, "whether the administrator may not end several")
        equal(refused(ssm.get_parameters_by_path, Path=path), False, "whether the administrator may not read them")
        equal(refused(ssm.delete_parameter, Name="/orders/limit"), False, "whether the administrator may not remove what is theirs")
    with session(world, "guard-on-call", everything=everything, scp=policy) as ssm:
        equal(refused(ssm.put_parameter, Name=f"{path}/on-call", **pause), False, "whether the role on call may not make one")
        equal(refused(ssm.delete_parameters, Names=[f"{path}/made", f"{path}/on-call"]), False, "whether the role on call may not end them")


def only_the_deployment(world):
    """SECURITY.md: the deployment's role alone changes what the stack made, by the names that it made it with."""
    policy = document("SECURITY.md", "OnlyTheDeploymentChangesTheGuard")
    role = lambda name: f"arn:aws:iam::{ACCOUNT}:role/{name}"
    administrator, deployment = role("Administrator"), role("guard-deployment")
    rule = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{world.outputs['DomainChangeRule'].split('|')[-1]}"
    stack, function, sweeper, topic = world.stack_id, world.outputs["GuardFunction"], world.outputs["SweepFunction"], world.outputs["NoticeTopic"]
    queues = [world.queue_arn(world.outputs[name]) for name in ("RecheckQueue", "DeadLetterQueue")]
    guarded = [
        ("cloudformation:DeleteStack", stack), ("cloudformation:UpdateStack", stack), ("events:DisableRule", rule), ("events:RemoveTargets", rule),
        ("lambda:UpdateFunctionCode", function), ("lambda:UpdateFunctionConfiguration", function), ("lambda:PutFunctionConcurrency", function), ("lambda:DeleteFunction", sweeper),
        ("sns:DeleteTopic", topic), ("sns:SetTopicAttributes", world.outputs["AlarmTopic"]), *(("sqs:SetQueueAttributes", queue) for queue in queues),
        ("iam:PutRolePolicy", world.outputs["GuardRole"]), ("iam:UpdateAssumeRolePolicy", world.outputs["GuardRole"]),
    ]  # fmt: skip
    check(policy, [(administrator, action, resource, True) for action, resource in guarded])
    check(policy, [(deployment, action, resource, False) for action, resource in guarded])
    check(policy, [
        (administrator, "lambda:InvokeFunction", sweeper, False),  # an approval, a test notice
        (administrator, "lambda:UpdateFunctionCode", f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:orders", False),
        (administrator, "iam:PutRolePolicy", role("orders"), False),
        (administrator, "sns:Publish", topic, False),
    ])  # fmt: skip


def hold(world):
    only_on_call(world)
    only_the_deployment(world)
