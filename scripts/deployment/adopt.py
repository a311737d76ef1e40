"""docs/adopt.md, walked to its end as a new user would."""

import os
import re
import shutil
import subprocess

from . import doctor
from .world import CERTIFICATE, DOMAIN, ROOT, STACK, equal, expect


def to_its_end(world, shipped, floor):
    """The commands of the page in order, then the file that they made is deployed. `shipped` is deployed again at the end."""
    checkout = world.work / "adopt"
    shutil.rmtree(checkout, ignore_errors=True)
    shutil.copytree(ROOT / "baseline", checkout / "baseline")
    shutil.copytree(ROOT / "docs" / "schema", checkout / "docs" / "schema")
    names, others = {DOMAIN: "TLS_V1", "auth.example.com": "TLS_V1_3_2025", "pos.example.com": "TLS_V1"}, []
    with world.events_off():
        for name, policy in names.items():
            if name == DOMAIN:
                world.change(policy)
                continue
            others.append((name, world.cognito.create_user_pool(PoolName=name)["UserPool"]["Id"]))
            world.cognito.create_user_pool_domain(
                UserPoolId=others[-1][1], Domain=name, ManagedLoginVersion=1, CustomDomainConfig={"CertificateArn": CERTIFICATE, "SecurityPolicy": policy},
            )  # fmt: skip
        path = f"{doctor.guardctl().parent}:{os.environ['PATH']}"
        commands = re.findall(r"^\$ (.*)$", (ROOT / "docs" / "adopt.md").read_text(), re.M)
        for command in commands:
            done = subprocess.run(["bash", "-c", command], cwd=checkout, env={**os.environ, "PATH": path}, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            expect(done.returncode in (0, 1, 2) and "panicked" not in done.stdout, f"{command} ended with {done.returncode}:\n{done.stdout}")
        equal(done.returncode, 0, f"the exit code of the last plan:\n{done.stdout}")
        equal(world.policy(), floor, "the policy of the domain that the walk put back by hand")
    made = checkout / "baseline" / "baseline.yaml"
    copy = world.copy_of_build()
    equal(world.declare(copy, made.read_text()).read_bytes(), made.read_bytes(), "the file that is deployed")
    world.deploy(copy / "template.yaml")
    _, found = doctor.examine("--stack", STACK, "--baseline", str(made))
    expect(("baseline", "ok") in found, f"the doctor says of the file of the walk: {found}")
    world.tell_deployed()
    world.forget()
    for name, policy in (("auth.example.com", "TLS_V1_3_2025"), ("pos.example.com", "TLS_V1")):
        found = world.cognito.describe_user_pool_domain(Domain=name)["DomainDescription"]["CustomDomainConfig"]["SecurityPolicy"]
        equal(found, policy, f"the policy of {name} after a sweep by the file of the walk")
    world.change()
    world.becomes(floor)
    for name, pool in others:
        world.cognito.delete_user_pool_domain(UserPoolId=pool, Domain=name)
        world.cognito.delete_user_pool(UserPoolId=pool)
    world.deploy(shipped)
    world.forget()
