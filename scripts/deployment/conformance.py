"""`guardctl conformance`, in real time, against a Cognito that others wrote.

The guard of the stack governs every domain of its region, so there the run refuses to begin. In another region it finds the emulator's
answers, also after runs that were killed on the way, and leaves nothing behind.
"""

import json
import signal
import subprocess

from .doctor import guardctl
from .world import ACCOUNT, REGION, equal, expect

ELSEWHERE = "eu-west-1"  # no guard is there
NAME = "guard-test.localhost"  # the domain above it has an address on every machine
PREFIX = "guard-test-4711"
KILLED_AFTER = ("CreateUserPool ", "CreateUserPoolDomain ", "UpdateUserPoolDomain ")


def command(*options, region=ELSEWHERE):
    return [str(guardctl()), "conformance", "--region", region, "--yes", *options]


def client(world, service, region):
    import boto3

    return boto3.client(service, endpoint_url=world.endpoint, region_name=region)


def pools(world, region=ELSEWHERE):
    """Every user pool with its domains."""
    cognito = client(world, "cognito-idp", region)
    found = {}
    for pool in cognito.list_user_pools(MaxResults=60)["UserPools"]:
        described = cognito.describe_user_pool(UserPoolId=pool["Id"])["UserPool"]
        found[pool["Name"]] = (described.get("Domain"), described.get("CustomDomain"))
    return found


def refused_where_a_guard_governs(world):
    before, output = pools(world, REGION), world.work / "refused.json"
    done = subprocess.run(command("--prefix", PREFIX, "--output", output, region=REGION), text=True, capture_output=True, check=False)
    equal(done.returncode, 1, f"the exit code where a guard governs the name ({done.stdout})")
    expect("governs a name of this run" in done.stdout and world.guard in done.stdout, f"no reason in {done.stdout}")
    equal(pools(world, REGION), before, "the user pools after a refusal")


def killed(world, after):
    """A run that is killed when it has printed a step."""
    output = world.work / "killed.json"
    run = subprocess.Popen(command("--prefix", PREFIX, "--output", output), stdout=subprocess.PIPE, text=True)
    seen = []
    for line in run.stdout:
        seen.append(line)
        if f"  {after}" in line and "removes" not in line:
            break
    run.send_signal(signal.SIGKILL)
    run.wait()
    expect(after in "".join(seen), f"no step {after!r} in {seen}")


def distribution(alias):
    """A distribution's configuration, as CloudFront takes it."""
    origin = {"Id": "o", "DomainName": "origin.example.com", "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"}}
    return {
        "CallerReference": alias,
        "Aliases": {"Quantity": 1, "Items": [alias]},
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only", "MinTTL": 0, "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}}},
        "Comment": "",
        "Enabled": True,
    }


def refused_where_a_distribution_has_the_name(world, certificate):
    """Only the alias of the very name stands in the way."""
    cloudfront, output = client(world, "cloudfront", "us-east-1"), world.work / "aliased.json"
    options = ["--domain", NAME, "--certificate-arn", certificate, "--output", output, "--dry-run"]
    for alias, code in (("*.localhost", 0), (NAME, 1)):
        made = cloudfront.create_distribution(DistributionConfig=distribution(alias))
        done = subprocess.run(command(*options), text=True, capture_output=True, check=False)
        equal(done.returncode, code, f"the exit code where a distribution has {alias} ({done.stdout} {done.stderr})")
        number = made["Distribution"]["Id"]
        if code:
            expect(f"{NAME} is an alias of CloudFront's distribution {number}" in done.stdout, f"no reason in {done.stdout}")
        else:
            expect(f"{NAME} is on none of this account's distributions" in done.stdout, f"not looked at in {done.stdout}")
        etag = cloudfront.update_distribution(Id=number, IfMatch=made["ETag"], DistributionConfig={**distribution(alias), "Enabled": False})["ETag"]
        cloudfront.delete_distribution(Id=number, IfMatch=etag)


def measures(world):
    """One run after those that were killed: what it finds, in the words of its file, and that it leaves nothing."""
    certificate = client(world, "acm", "us-east-1").request_certificate(DomainName="*.localhost")["CertificateArn"]
    refused_where_a_distribution_has_the_name(world, certificate)
    before, output = pools(world), world.work / "conformance.json"
    output.unlink(missing_ok=True)
    for step in KILLED_AFTER:
        killed(world, step)
    expect(pools(world) != before, "a run that was killed left nothing to remove")
    options = ["--prefix", PREFIX, "--domain", NAME, "--certificate-arn", certificate, "--output", output]
    done = subprocess.run(command(*options), text=True, capture_output=True, check=False)
    # It takes TLS_V1 with managed login, which AWS documents as refused: that is unexpected.
    equal(done.returncode, 2, f"the exit code ({done.stdout} {done.stderr})")
    equal(pools(world), before, "the user pools and domains after the run")
    text = output.read_text()
    file = json.loads(text)
    found = {(finding["domain"], finding["question"]): (finding["outcome"], finding["answer"]) for finding in file["findings"]}
    for question, expected in {
        ("custom", "new.security_policy"): ("measured", "absent"),
        ("custom", "omitted.security_policy"): ("measured", "reset"),
        ("custom", "omitted.managed_login_version"): ("measured", "kept"),
        ("prefix", "omitted.managed_login_version"): ("measured", "kept"),
        ("custom", "describe"): ("measured", "fresh"),
        ("custom", "tls-v1-with-managed-login"): ("unexpected", "accepted"),
        ("custom", "omitted.custom_domain_config"): ("measured", "refused with InvalidParameterException"),
    }.items():
        equal(found[question], expected, f"the answer to {question}")
    # It is always ACTIVE, and has no replica.
    for question in ("busy.updating", "busy.creating", "empty-routing", "omitted.routing", "old-policy"):
        equal(found["custom", question][0], "not_measurable", f"what came of {question}")
    equal(file["cognito"], "omitted=? busy=? empty-routing=? old-policy=? describe=fresh", "the emulator's Cognito")
    equal(set(file["events"]["calls"]), {"CreateUserPoolDomain", "UpdateUserPoolDomain", "DeleteUserPoolDomain"}, "the calls in CloudTrail")
    equal(file["events"]["by_somebody_else"], 0, "the calls of somebody else")
    for secret in (ACCOUNT, NAME, PREFIX, certificate):
        expect(secret not in text, f"{secret} is in the file")


def proves(world):
    refused_where_a_guard_governs(world)
    measures(world)
