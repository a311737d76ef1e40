"""One account and region of an organization: its clients, its member stack, and its domain."""

import contextlib
import json
import os
import time

from .world import FLOOR, ROOT, Failure, equal, events_off, until

MEMBER = ROOT / "member.yaml"
SOON = 1.5  # seconds: what works, works in a fraction of one


class Place:
    def __init__(self, world, account, region):
        self.world, self.account, self.region = world, account, region
        self.domain = f"login.{account}.{region}.example.com"
        self.name = f"{account} in {region}"
        # MiniStack makes up what is not named from the stack's name alone, whatever the region.
        self.stack = f"cognito-domain-guard-member-{region}"

    def client(self, service, session=None):
        """Of the account's administrator, or of a role's session."""
        import boto3

        session = session or {"AccessKeyId": self.account, "SecretAccessKey": "test"}
        return boto3.client(
            service, endpoint_url=self.world.endpoint, region_name=self.region, aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"], aws_session_token=session.get("SessionToken"),
        )  # fmt: skip

    def __getattr__(self, service):
        """place.cognito, place.iam, ...: a client, made once."""
        if service.startswith("_"):
            raise AttributeError(service)
        client = self.client({"cognito": "cognito-idp"}.get(service, service))
        setattr(self, service, client)
        return client

    # ── The member's stack ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def deploy(self, **parameters):
        """Deploys member.yaml as it stands, and waits for the end."""
        parameters = {**self.world.member_parameters, **parameters}
        given = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
        self.cloudformation.create_stack(StackName=self.stack, TemplateBody=MEMBER.read_text(), Capabilities=["CAPABILITY_NAMED_IAM"], Parameters=given)
        status, reason = until(f"the stack in {self.name}", self.ended, 30)
        if status != "CREATE_COMPLETE":
            raise Failure(f"the member's stack in {self.name} is {status}: {reason}")

    def ended(self):
        """(status, why) of the stack when nothing is going on with it any more."""
        (stack,) = self.cloudformation.describe_stacks(StackName=self.stack)["Stacks"]
        if stack["StackStatus"].endswith("IN_PROGRESS"):
            return None
        events = self.cloudformation.describe_stack_events(StackName=self.stack)["StackEvents"]
        failed = [event.get("ResourceStatusReason", "") for event in events if event["ResourceStatus"].endswith("_FAILED")]
        return stack["StackStatus"], failed[-1] if failed else stack.get("StackStatusReason", "")

    def resources(self):
        found = self.cloudformation.describe_stack_resources(StackName=self.stack)["StackResources"]
        return {resource["LogicalResourceId"] for resource in found}

    def delete_stack(self):
        self.cloudformation.delete_stack(StackName=self.stack)
        until(f"the stack in {self.name} to go", self.is_gone, 30)

    def is_gone(self):
        stacks = self.cloudformation.list_stacks()["StackSummaries"]
        return not any(stack["StackName"] == self.stack and stack["StackStatus"] != "DELETE_COMPLETE" for stack in stacks)

    def make_trail(self):
        """One that logs the management events of this region."""
        self.cloudtrail.create_trail(Name="management-events", S3BucketName="any", IsMultiRegionTrail=False)
        self.cloudtrail.start_logging(Name="management-events")

    # ── Its roles ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

    def role(self, kind):
        return f"cognito-domain-guard-{kind}-{self.region}"

    @contextlib.contextmanager
    def trusting(self, role, document):
        """With another trust policy of one of its roles."""
        before = self.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        self.iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(document))
        try:
            yield before
        finally:
            self.iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(before))

    def session(self, role):
        """Of one of its roles, for the account's administrator, who changes the trust for it."""
        own = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{self.account}:root"}, "Action": "sts:AssumeRole"}
        with self.trusting(role, {"Version": "2012-10-17", "Statement": [own]}):
            arn = f"arn:aws:iam::{self.account}:role/{role}"
            return self.sts.assume_role(RoleArn=arn, RoleSessionName="administrator")["Credentials"]

    # ── The domain ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

    def create_domain(self, name=None):
        self.domain = name or self.domain
        self.pool = self.cognito.create_user_pool(PoolName="customers")["UserPool"]["Id"]
        self.cognito.create_user_pool_domain(UserPoolId=self.pool, Domain=self.domain, ManagedLoginVersion=1, CustomDomainConfig=self.configuration(FLOOR))

    def configuration(self, policy):
        certificate = f"arn:aws:acm:us-east-1:{self.account}:certificate/1b2c3d4e-5f60-4a7b-8c9d-0e1f2a3b4c5d"
        return {"CertificateArn": certificate, "SecurityPolicy": policy}

    def change(self, policy="TLS_V1", session=None):
        """A change by the account's administrator, or by whoever has that session."""
        client = self.client("cognito-idp", session) if session else self.cognito
        client.update_user_pool_domain(UserPoolId=self.pool, Domain=self.domain, ManagedLoginVersion=1, CustomDomainConfig=self.configuration(policy))

    def changed_event(self):
        """The event of a foreign change, as the hub's rule would hand it over."""
        record = json.loads((ROOT / "events" / "update-weakens-tls.json").read_text())
        record.update(account=self.account, region=self.region)
        record["detail"].update(recipientAccountId=self.account, awsRegion=self.region, eventID=os.urandom(16).hex())
        record["detail"]["userIdentity"]["accountId"] = self.account
        record["detail"]["requestParameters"].update(domain=self.domain, userPoolId=self.pool)
        return record

    def policy(self):
        return self.cognito.describe_user_pool_domain(Domain=self.domain)["DomainDescription"]["CustomDomainConfig"].get("SecurityPolicy")

    def becomes(self, policy=FLOOR, seconds=15):
        until(f"{self.domain} in {self.name} to be at {policy} (it is at {self.policy()})", lambda: self.policy() == policy, seconds)

    def stays_weak(self):
        time.sleep(SOON)
        equal(self.policy(), "TLS_V1", f"the policy of {self.domain} in {self.name}")

    def updates(self):
        """CloudTrail's records of the updates here."""
        named = [{"AttributeKey": "EventName", "AttributeValue": "UpdateUserPoolDomain"}]
        return [json.loads(event["CloudTrailEvent"]) for event in self.cloudtrail.lookup_events(LookupAttributes=named, MaxResults=50)["Events"]]

    def events_off(self):
        (rule,) = [rule["Name"] for rule in self.events.list_rules()["Rules"] if rule["Name"] in self.world.change_rules]
        return events_off(self.events, rule)
