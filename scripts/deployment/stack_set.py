"""member.yaml as a service-managed StackSet, by the commands of docs/organization.md, on moto: MiniStack has no StackSets."""

import os
import subprocess

from .documented import AWS, BASH, blocks
from .place import MEMBER
from .world import REGION, ROOT, equal, expect, free_port

CLI = ROOT / ".venv-cli" / "bin"
HEADING = "3. The members"
OTHER_REGION = "us-west-2"


def deploys(world):
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    world.start("moto", [CLI / "python", ROOT / "scripts" / "moto-bridge", "-H", "127.0.0.1", "-p", port], dict(os.environ), f"{endpoint}/moto-api/")
    accounts, unit = organization(endpoint)
    done = deploy(world, endpoint, unit, "as-it-stands", MEMBER.read_text())
    equal(done.returncode, 0, f"the exit code of {done.stdout}")
    instances = client("cloudformation", endpoint).list_stack_instances(StackSetName="cognito-domain-guard-member", CallAs="DELEGATED_ADMIN")["Summaries"]
    found = {(each["Account"], each["Region"], each["StackInstanceStatus"]["DetailedStatus"]) for each in instances}
    equal(found, {(account, region, "SUCCEEDED") for account in accounts for region in (REGION, OTHER_REGION)}, "the instances")
    for account in accounts:
        roles = {role["RoleName"] for role in client("iam", endpoint, account).list_roles()["Roles"]}
        wanted = {f"cognito-domain-guard-{kind}-{region}" for kind in ("member", "forward") for region in (REGION, OTHER_REGION)}
        expect(wanted <= roles, f"the roles in {account} are {roles}")
    without = "RoleName: !Sub cognito-domain-guard-member-${AWS::Region}"
    expect(without in MEMBER.read_text(), f"no {without} in member.yaml")
    # In accounts of their own, since the others have roles of these names.
    _, unit = organization(endpoint, "second")
    done = deploy(world, endpoint, unit, "without-region", MEMBER.read_text().replace(without, "RoleName: cognito-domain-guard-member"))
    expect(done.returncode and "EntityAlreadyExists" in done.stdout, f"a role's name without its region is not caught: {done.stdout}")


def client(service, endpoint, account=None):
    import boto3

    session = {}
    if account:
        sts = boto3.client("sts", endpoint_url=endpoint, region_name=REGION)
        issued = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole", RoleSessionName="test")["Credentials"]
        session = {"aws_access_key_id": issued["AccessKeyId"], "aws_secret_access_key": issued["SecretAccessKey"], "aws_session_token": issued["SessionToken"]}
    return boto3.client(service, endpoint_url=endpoint, region_name=REGION, **session)


def organization(endpoint, name="first"):
    """Two accounts in an organizational unit."""
    organizations = client("organizations", endpoint)
    if name == "first":
        organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name=name)["OrganizationalUnit"]["Id"]
    accounts = []
    for owner in ("shop", "bank"):
        created = organizations.create_account(AccountName=f"{name}-{owner}", Email=f"{owner}@{name}.example.com")["CreateAccountStatus"]["AccountId"]
        organizations.move_account(AccountId=created, SourceParentId=root, DestinationParentId=unit)
        accounts.append(created)
    return accounts, unit


def deploy(world, endpoint, unit, name, template):
    """The commands of the document, in a folder with that template."""
    folder = world.work / name
    folder.mkdir(exist_ok=True)
    (folder / "member.yaml").write_text(template)
    (commands,) = [commands for heading, commands in blocks("organization.md", "Set it up") if heading == HEADING]
    if name != "as-it-stands":
        commands = commands.replace("cognito-domain-guard-member", name)
    environment = {
        **os.environ, "AWS_ENDPOINT_URL": endpoint, "AWS_PAGER": "", "UNITS": unit, "REGIONS": f"{REGION} {OTHER_REGION}",
        "MEMBER_PARAMETERS": world.outputs["MemberParameters"], "PATH": f"{CLI}:{os.environ['PATH']}",
    }  # fmt: skip
    script = 'output() { test "$1" = MemberParameters && echo "$MEMBER_PARAMETERS"; }\n' + AWS + commands
    return subprocess.run([*BASH, "-c", script], cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
