"""A stack from the files of a release alone: the commands of docs/deploy.md, "From a release", and what the Terraform module would create."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import tomllib

from . import doctor
from .documented import AWS, BASH, blocks
from .world import BUILT, DOMAIN, FLOOR, REGION, ROOT, STACK, Failure, equal, expect, run, until

BY_TERRAFORM = "guard-by-terraform"


def made(world):
    """The files of a release, from the programs that there are already: the Lambda's release build, the command line's debug build."""
    programs, out = world.work / "programs", world.work / "release"
    for folder in (programs, out):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
    for name in "guardctl", "guardctl-aws":
        run("strip", "-o", programs / name, doctor.guardctl().with_name(name))
    version = re.search(r'^version = "(.+)"', (ROOT / "Cargo.toml").read_text(), re.M)[1]
    run(
        sys.executable, ROOT / "scripts" / "release", version, "--draft", "--output", out, "--arch", "x86_64",
        "--bootstrap", BUILT / "GuardFunction" / "bootstrap", "--programs", programs,
    )  # fmt: skip
    return out, version


def commands(version):
    """The chapter's commands, with what the emulator needs: its architecture, and the shorter state of rules that it knows."""
    found = "\n".join(text for _, text in blocks("deploy.md", "From a release"))
    for old, new in {"VERSION=0.1.0\n": f"VERSION={version}\n", 'CreateAlarmTopic=true"': 'CreateAlarmTopic=true Architecture=x86_64 RuleState=ENABLED"'}.items():
        expect(found.count(old) == 1, f"docs/deploy.md does not have {old!r} once")
        found = found.replace(old, new)
    return found


def bare(folder, script):
    """Runs commands where there is no Rust and no SAM: the AWS CLI, and the system's own programs."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CARGO", "RUST"))}
    environment.update(PATH=f"{ROOT / '.venv-cli' / 'bin'}:/usr/local/bin:/usr/bin:/bin", HOME=str(folder), AWS_PAGER="")
    absent = "for tool in cargo rustc sam cargo-lambda; do ! command -v $tool; done\n"
    done = subprocess.run([*BASH, "-c", absent + AWS + script], env=environment, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        tail = "\n    ".join(done.stdout.strip().splitlines()[-12:])
        raise Failure(f"ended with {done.returncode}:\n    {tail}")
    return done.stdout


def binstall(folder, version):
    """What the packages tell cargo-binstall fits the files: the archive's name, and where each program is in it."""
    (archive,) = folder.glob(f"guardctl-{version}-*.tar.gz")
    target = archive.name.removeprefix(f"guardctl-{version}-").removesuffix(".tar.gz")
    with tarfile.open(archive) as opened:
        members = opened.getnames()
    for name in "guardctl", "guardctl-aws":
        told = tomllib.loads((ROOT / "crates" / name / "Cargo.toml").read_text())["package"]["metadata"]["binstall"]
        known = {"repo": "REPO", "version": version, "target": target, "bin": name, "binary-ext": ""}
        fill = lambda text: re.sub(r"\{ ([a-z-]+) \}", lambda word: known[word[1]], text)
        equal(fill(told["pkg-url"]), f"REPO/releases/download/v{version}/{archive.name}", f"where {name} is looked for")
        expect(fill(told["bin-dir"]) in members, f"{fill(told['bin-dir'])} is not in {archive.name}: {members}")


def first_plan(folder, version):
    """What a new user does first: unpack the command line, and compare the account with a baseline. Within a minute, from the files."""
    start = time.monotonic()
    printed = bare(folder, f"""
        tar -xzf guardctl-{version}-$(uname -m)-unknown-linux-gnu.tar.gz -C $(mktemp -d -p .)
        PATH=$(echo $PWD/tmp.*/guardctl-*):$PATH
        guardctl plan --region {REGION} --baseline example.yaml || test $? = 2 # the example declares what is not here
    """)
    took = time.monotonic() - start
    expect(DOMAIN in printed, f"{DOMAIN} is not in the first plan:\n{printed}")
    expect(took < 60, f"from the files to the first plan it took {took:.0f} s")


def installs(world):
    """In an emulator of its own."""
    world.start_again()
    folder, version = made(world)
    binstall(folder, version)
    broken = folder / "notes.md"
    kept = broken.read_text()
    broken.write_text(kept + "x")
    try:
        bare(folder, "sha256sum --check --ignore-missing --quiet SHA256SUMS")
    except Failure:
        broken.write_text(kept)
    else:
        raise Failure("SHA256SUMS does not notice a file that was changed")
    # The shipped baseline audits, and this stage wants a revert.
    shutil.copy(folder / "example.yaml", folder / "baseline.yaml")
    sums = (folder / "SHA256SUMS").read_text()
    (folder / "SHA256SUMS").write_text("".join(line for line in sums.splitlines(True) if not line.endswith("  baseline.yaml\n")))
    printed = bare(folder, commands(version))
    expect("=> at its baseline" in printed, f"the replay is not in what was printed:\n{printed[-900:]}")
    (stack,) = world.cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    world.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    world.stack_id = stack["StackId"]
    world.guard, world.sweeper = (world.outputs[name].split(":")[-1] for name in ("GuardFunction", "SweepFunction"))
    world.role = world.outputs["GuardRole"].split("/")[-1]
    world.subscribe()
    world.create_domain()
    world.forget()
    world.change()
    world.becomes(FLOOR)
    equal(world.notice("reverted")["domain"], DOMAIN, "the domain of the notice")
    first_plan(folder, version)
    by_terraform(world, folder, version)


def by_terraform(world, folder, version):
    """The stack that the module would create, with the parameters that Terraform itself makes of an example's."""
    from terraform import stack_of  # of scripts/

    files = {"release": version, "release_directory": str(folder), "baseline": str(folder / "baseline.yaml")}
    sent = stack_of({**files, "architecture": "x86_64", "rule_state": "ENABLED", "create_alarm_topic": True, "sweep_interval_minutes": 45})
    bucket = f"cognito-domain-guard-{world.sts.get_caller_identity()['Account']}-{REGION}"
    sent["parameters"]["ArtifactBucket"] = bucket
    archive = f"cognito-domain-guard-{version}-x86_64.zip"
    objects = {
        sent["parameters"]["ArtifactPrefix"] + archive: folder / archive,
        sent["parameters"]["BaselineKey"]: folder / "baseline.zip",
        sent["template_key"]: folder / f"cognito-domain-guard-{version}.template.json",
    }
    for key, file in objects.items():
        world.s3.put_object(Bucket=bucket, Key=key, Body=file.read_bytes())
    world.cloudformation.create_stack(
        StackName=BY_TERRAFORM, TemplateURL=f"{world.endpoint}/{bucket}/{sent['template_key']}", Capabilities=sent["capabilities"],
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in sent["parameters"].items()],
    )  # fmt: skip

    def ended():
        (stack,) = world.cloudformation.describe_stacks(StackName=BY_TERRAFORM)["Stacks"]
        return None if stack["StackStatus"].endswith("IN_PROGRESS") else stack

    stack = until(f"the stack {BY_TERRAFORM}", ended, 60)
    equal(stack["StackStatus"], "CREATE_COMPLETE", f"the state of {BY_TERRAFORM} ({stack.get('StackStatusReason', '')})")
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
    named = set(re.findall(r'outputs\["(\w+)"\]', (ROOT / "deploy" / "terraform" / "outputs.tf").read_text()))
    equal(named - set(outputs), set(), "the module's outputs that the stack does not have")
    answer = world.awslambda.invoke(FunctionName=outputs["GuardFunction"], Payload=(ROOT / "events" / "unrelated-event.json").read_bytes())
    expect("FunctionError" not in answer, "the function of the module's stack does not answer")
