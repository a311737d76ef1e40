"""The emulator, the fault proxy, the AWS clients, and what stages do with them again and again."""

import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / ".venv" / "bin"
SAM = ROOT / ".venv-sam" / "bin" / "sam"
ACCOUNT = "123456789012"
REGION = "eu-central-1"
STACK = "cognito-domain-guard"
CERTIFICATE = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/1b2c3d4e-5f60-4a7b-8c9d-0e1f2a3b4c5d"
DOMAIN = "login.example.com"  # no entry of EXAMPLE names it: its defaults count
EXAMPLE = ROOT / "baseline" / "example.yaml"  # it enforces, and the shipped baseline does not
FLOOR = "TLS_V1_2_2021"  # what EXAMPLE asks of every domain
BUILT = ROOT / ".aws-sam" / "build"
PATIENCE = 1  # less where a failure is what is waited for


class Failure(Exception):
    """A stage found something wrong. Its text is all that is printed."""


def expect(condition, what):
    if not condition:
        raise Failure(what)


def equal(found, expected, what):
    expect(found == expected, f"{what} is {found!r}, not {expected!r}")


def until(what, look, seconds=15, pause=0.05):
    """What `look` returns, as soon as it is true. An emulator's errors count as "not yet"."""
    end = time.monotonic() + seconds * PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(KeyError, IndexError):
            if found := look():
                return found
        time.sleep(pause)
    raise Failure(f"waited {seconds} s for {what}")


@contextlib.contextmanager
def events_off(events, rule):
    """Foreign changes go unnoticed for a while, so that a stage alone decides what wakes the guard."""
    events.disable_rule(Name=rule)
    try:
        yield
    finally:
        time.sleep(0.4)  # the last change's event is on its way for a moment
        events.enable_rule(Name=rule)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def run(*command, environment=None, quiet=True, cwd=ROOT):
    """Runs a command to its end and returns what it printed; a failure shows the end of that."""
    done = subprocess.run([str(part) for part in command], env=environment, cwd=cwd, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        tail = "\n    ".join(done.stdout.strip().splitlines()[-15:])
        raise Failure(f"{pathlib.Path(command[0]).name} {command[1]} ended with {done.returncode}:\n    {tail}")
    return done.stdout


class World:
    """Servers, started on demand and stopped by their own process ids; clients; and the deployed stack."""

    def __init__(self, work):
        self.work = work
        work.mkdir(parents=True, exist_ok=True)
        self.processes = []
        self.outputs = {}
        self.notices_seen = []
        self.alarms_seen = []
        self.kept_logs = set()
        self.forwarder = None  # the rule of IAM's region, once it is there
        self.organization = None  # the file that says who belongs to one, if there is one
        self.places = []  # of an organization, where the test changes domains
        self.restarts = 0

    # ── Servers ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

    def start(self, name, command, environment, health):
        log = open(self.work / f"{name}.log", "w")
        process = subprocess.Popen([str(part) for part in command], env=environment, stdout=log, stderr=log, start_new_session=True)
        self.processes.append(process)

        def healthy():
            expect(process.poll() is None, f"{name} ended with {process.poll()}; see {log.name}")
            with contextlib.suppress(OSError):
                return urllib.request.urlopen(health, timeout=2).status == 200

        until(f"{name} to start (see {log.name})", healthy, 60)

    def stop(self):
        for process in reversed(self.processes):  # each leads a process group of its own: the emulator's functions go with it
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.processes.clear()

    def start_emulator(self):
        port, proxy_port = free_port(), free_port()
        self.endpoint, self.proxy = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{proxy_port}"
        os.environ.update(
            AWS_ENDPOINT_URL=self.endpoint,
            AWS_ACCESS_KEY_ID="test",  # MiniStack's root user
            AWS_SECRET_ACCESS_KEY="test",
            AWS_DEFAULT_REGION=REGION,
            AWS_REGION=REGION,
            AWS_MAX_ATTEMPTS="2",
            AWS_EC2_METADATA_DISABLED="true",
            SAM_CLI_TELEMETRY="0",
            SFN_WAIT_SCALE="0.02",  # Step Functions' waits and retries
        )
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            os.environ.pop(name, None)  # nobody's account
        environment = {
            **os.environ,
            "GATEWAY_PORT": str(port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "AUTH": "true",
            "PROXY_HOST": f"127.0.0.1:{proxy_port}",
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            **({"ORGANIZATION": str(self.organization)} if self.organization else {}),
        }
        self.start("ministack", [sys.executable, ROOT / "scripts" / "ministack-bridge"], environment, f"{self.endpoint}/_ministack/health")

    def start_again(self):
        """An emulator of its own, with nothing in it."""
        self.stop()
        work = self.work
        self.__dict__.clear()  # clients and all
        self.__init__(work)
        self.start_emulator()
        self.before = self.inventory()

    def start_proxy(self):
        """microburst between the functions and Cognito. Without a rule it passes everything on."""
        command = [BIN / "microburst", "--upstream", self.endpoint, "--port", self.proxy.split(":")[-1], "--host", "127.0.0.1"]
        self.start("microburst", command, dict(os.environ), f"{self.proxy}/_microburst/rules")
        self.client("cognito-idp", self.proxy).list_user_pools(MaxResults=1)  # its first call takes seconds

    @contextlib.contextmanager
    def fault(self, **rule):
        """While it lasts, calls to Cognito meet this fault."""
        self.control("POST", "rules", [{"service": "cognito-idp", **rule}])
        fired_before = len(self.control("GET", "fired"))
        try:
            yield lambda: len(self.control("GET", "fired")) - fired_before
        finally:
            self.control("POST", "rules", [])

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.proxy}/_microburst/{path}", data, {"Content-Type": "application/json"}, method=method)
        return json.load(urllib.request.urlopen(request, timeout=30))

    # ── AWS ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

    def client(self, service, endpoint=None):
        import boto3

        return boto3.client(service, endpoint_url=endpoint or self.endpoint, region_name=REGION)

    def __getattr__(self, service):
        """world.sqs, world.iam, ...: a client, made once."""
        names = {"awslambda": "lambda", "cognito": "cognito-idp"}
        if service.startswith("_"):
            raise AttributeError(service)
        client = self.client(names.get(service, service))
        setattr(self, service, client)
        return client

    def deploy(self, template, **parameters):
        # MiniStack does not know the longer form of ENABLED. Alarms have a topic of their own, as the README recommends.
        parameters = {"Architecture": "x86_64", "CreateAlarmTopic": "true", "RuleState": "ENABLED", **parameters}
        parameters = {name: value for name, value in parameters.items() if value is not None}  # an older template does not know it
        run(
            SAM, "deploy", "--config-file", ROOT / "samconfig.toml", "--template-file", template, "--stack-name", STACK, "--no-confirm-changeset", "--no-progressbar",
            "--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items()),
        )  # fmt: skip
        (stack,) = self.cloudformation.describe_stacks(StackName=STACK)["Stacks"]
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        self.stack_id = stack["StackId"]
        self.guard, self.sweeper = (self.outputs[name].split(":")[-1] for name in ("GuardFunction", "SweepFunction"))
        self.role = self.outputs["GuardRole"].split("/")[-1]

    def inventory(self):
        """What is there of each kind of resource that the stack makes: nothing may be left of it in the end."""
        found = {
            "functions": [f["FunctionName"] for f in self.awslambda.list_functions()["Functions"]],
            "layers": [layer["LayerName"] for layer in self.awslambda.list_layers()["Layers"]],
            "event sources": [s["UUID"] for s in self.awslambda.list_event_source_mappings()["EventSourceMappings"] if s["State"] != "Deleting"],
            "queues": self.sqs.list_queues().get("QueueUrls", []),
            "topics": [topic["TopicArn"] for topic in self.sns.list_topics()["Topics"]],
            "roles": [role["RoleName"] for role in self.iam.list_roles()["Roles"]],
            "event buses": [bus["Name"] for bus in self.events.list_event_buses()["EventBuses"]],
            "rules": [rule["Name"] for rule in self.events.list_rules()["Rules"]],
            "log groups": [group["logGroupName"] for group in self.logs.describe_log_groups()["logGroups"]],
            "alarms": [alarm["AlarmName"] for alarm in self.cloudwatch.describe_alarms()["MetricAlarms"]],
            "dashboards": [d["DashboardName"] for d in self.cloudwatch.list_dashboards()["DashboardEntries"]],
            "stacks": [s["StackName"] for s in self.cloudformation.list_stacks()["StackSummaries"] if s["StackStatus"] != "DELETE_COMPLETE"],
        }
        return {kind: set(names) - {"aws-sam-cli-managed-default"} for kind, names in found.items()}

    def is_empty_again(self):
        """Nothing is there that was not there before, but for the logs that were to be kept."""
        left = {kind: sorted(names - self.before[kind]) for kind, names in self.inventory().items()}
        if self.kept_logs:
            equal(set(left.pop("log groups")), self.kept_logs, "the log groups that are kept")
        left = {kind: names for kind, names in left.items() if names}
        expect(not left, f"left: {left}")

    def copy_of_build(self):
        """The built template with its archives, to change something in it."""
        copy = self.work / "changed"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(BUILT, copy)
        return copy

    def declare(self, built, text):
        """Gives a built template this baseline to deploy."""
        baseline = built / "baseline" / "baseline.yaml"
        baseline.parent.mkdir(exist_ok=True)
        baseline.write_text(text)
        template = built / "template.yaml"
        lines = template.read_text().splitlines()
        layer = [number for number, line in enumerate(lines) if line.strip().startswith("ContentUri:")]
        expect(len(layer) == 1, "one ContentUri in the built template")
        indent = lines[layer[0]][: -len(lines[layer[0]].lstrip())]
        lines[layer[0]] = f"{indent}ContentUri: baseline"
        template.write_text("\n".join(lines) + "\n")
        return baseline

    def tell_deployed(self, status="UPDATE_COMPLETE"):
        """The event that CloudFormation sends at the end of a deployment."""
        detail = {"stack-id": self.stack_id, "status-details": {"status": status, "status-reason": ""}, "client-request-token": ""}
        self.put_event("aws.cloudformation", "CloudFormation Stack Status Change", detail)

    def put_event(self, source, kind, detail):
        self.events.put_events(Entries=[{"Source": source, "DetailType": kind, "Detail": json.dumps(detail)}])

    def queue_arn(self, url):
        return self.queue(url)["QueueArn"]

    def queue(self, url):
        return self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]

    def waiting(self, url):
        """How many messages a queue holds, in whatever state."""
        return sum(int(value) for name, value in self.queue(url).items() if name.startswith("ApproximateNumberOfMessages"))

    def subscribe(self):
        """Queues that hear what the topics say, as an incident tool would."""
        self.inbox = self.subscribed("incidents", self.outputs["NoticeTopic"])
        self.alarm_inbox = self.subscribed("alarms", self.outputs["AlarmTopic"]) if "AlarmTopic" in self.outputs else None

    def subscribed(self, name, topic):
        inbox = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = self.queue_arn(inbox)
        policy = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn, "Condition": {"ArnEquals": {"aws:SourceArn": topic}}}],
        }
        self.sqs.set_queue_attributes(QueueUrl=inbox, Attributes={"Policy": json.dumps(policy)})
        there = self.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        if not any(subscription["Endpoint"] == arn for subscription in there):
            self.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
        return inbox

    def unsubscribe(self):
        for url in filter(None, (self.inbox, self.alarm_inbox)):
            self.sqs.delete_queue(QueueUrl=url)

    def read_alarms(self):
        """The texts in the topic for alarms."""
        while messages := self.sqs.receive_message(QueueUrl=self.alarm_inbox, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self.alarms_seen.append(message["Body"])
                self.sqs.delete_message(QueueUrl=self.alarm_inbox, ReceiptHandle=message["ReceiptHandle"])
        return self.alarms_seen

    def read_notices(self):
        while messages := self.sqs.receive_message(QueueUrl=self.inbox, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self.notices_seen.append(json.loads(message["Body"]))
                self.sqs.delete_message(QueueUrl=self.inbox, ReceiptHandle=message["ReceiptHandle"])
        return self.notices_seen

    def notice(self, kind, seconds=15, **fields):
        """The notice of that kind that has arrived since `forget`."""
        fits = lambda notice: notice["kind"] == kind and all(notice.get(name) == value for name, value in fields.items())
        wanted = " ".join([kind, *(f"{name}={value}" for name, value in fields.items())])
        try:
            return until("", lambda: next(filter(fits, self.read_notices()), None), seconds)
        except Failure:
            raise Failure(f"no notice {wanted} in {seconds} s; there came {self.kinds() or 'none'}") from None

    def kinds(self):
        return sorted(notice["kind"] for notice in self.notices_seen)

    def forget(self):
        """Waits until nothing is going on, and forgets the notices so far."""
        quiet_since, writes = time.monotonic(), None
        end = quiet_since + 20
        while time.monotonic() - quiet_since < 0.8 and time.monotonic() < end:
            updates = len(self.calls("UpdateUserPoolDomain")) + sum(len(place.updates()) for place in self.places)
            count = (updates, len(self.read_notices()))
            if count != writes:
                quiet_since, writes = time.monotonic(), count
            time.sleep(0.1)
        self.notices_seen.clear()

    def calls(self, name):
        """CloudTrail's records of a call."""
        found = self.cloudtrail.lookup_events(LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}], MaxResults=50)["Events"]
        return [json.loads(event["CloudTrailEvent"]) for event in found]

    def own_updates(self):
        """How many updates the guard has made: calls that name it in their user agent, and not the command line."""
        agents = [record["userAgent"] for record in self.calls("UpdateUserPoolDomain")]
        return sum("app/cdg." in agent and "app/cdg.guardctl." not in agent for agent in agents)

    # ── Cognito ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

    def create_domain(self):
        self.pool = self.cognito.create_user_pool(PoolName="customers")["UserPool"]["Id"]
        self.cognito.create_user_pool_domain(
            UserPoolId=self.pool, Domain=DOMAIN, ManagedLoginVersion=1,
            CustomDomainConfig={"CertificateArn": CERTIFICATE, "SecurityPolicy": FLOOR},
        )  # fmt: skip

    def change(self, policy="TLS_V1"):
        """Somebody else's change."""
        self.cognito.update_user_pool_domain(
            UserPoolId=self.pool, Domain=DOMAIN, ManagedLoginVersion=1,
            CustomDomainConfig={"CertificateArn": CERTIFICATE, "SecurityPolicy": policy},
        )  # fmt: skip

    def policy(self):
        return self.cognito.describe_user_pool_domain(Domain=DOMAIN)["DomainDescription"]["CustomDomainConfig"].get("SecurityPolicy")

    def becomes(self, policy, seconds=15):
        until(f"{DOMAIN} to be at {policy} (it is at {self.policy()})", lambda: self.policy() == policy, seconds)

    def events_off(self):
        return events_off(self.events, self.outputs["DomainChangeRule"].split("|")[-1])

    # ── Lambda ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

    def invoke(self, function, event):
        """A direct invocation: (what it answered, whether it ended in an error)."""
        answer = self.awslambda.invoke(FunctionName=function, Payload=json.dumps(event))
        return json.loads(answer["Payload"].read() or b"null"), "FunctionError" in answer

    def invoke_later(self, function, event):
        self.awslambda.invoke(FunctionName=function, InvocationType="Event", Payload=json.dumps(event))

    def configure(self, function, **variables):
        """Adds variables to a function's environment; None takes one away."""
        environment = self.awslambda.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
        environment.update(variables)
        kept = {name: value for name, value in environment.items() if value is not None}
        self.awslambda.update_function_configuration(FunctionName=function, Environment={"Variables": kept})

    def new_processes(self, function):
        """The function starts anew, and what its processes remember is gone: the sessions of a hub, above all."""
        self.restarts += 1
        self.configure(function, RESTARTS=str(self.restarts))

    def log_lines(self, group):
        return [event["message"] for event in self.logs.filter_log_events(logGroupName=group)["events"]]


def changed_event(world, policy="TLS_V1"):
    """The event of a foreign change, as the rule would hand it over."""
    record = json.loads((ROOT / "events" / "update-weakens-tls.json").read_text())
    record["account"] = record["detail"]["recipientAccountId"] = ACCOUNT
    record["detail"]["userIdentity"]["accountId"] = ACCOUNT
    record["detail"]["requestParameters"].update(domain=DOMAIN, userPoolId=world.pool)
    record["detail"]["eventID"] = os.urandom(16).hex()
    return record


SWEEP = {
    "version": "0", "id": "00000000-0000-4000-8000-00000000000a", "detail-type": "Scheduled Event", "source": "aws.events",
    "account": ACCOUNT, "time": "2026-11-23T09:00:00Z", "region": REGION, "resources": [], "detail": {},
}  # fmt: skip
