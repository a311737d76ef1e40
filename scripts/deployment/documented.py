"""The commands of the documentation, run as they stand there: every block that is marked bash."""

import os
import re
import subprocess

from .world import ROOT, Failure, expect

BASH = ["bash", "-euo", "pipefail"]
# Version 1 of the AWS CLI does not take the endpoint of SQS from the environment.
AWS = 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }\n'


def blocks(document, section):
    """(heading, commands) of each bash block of a section."""
    text = (ROOT / "docs" / document).read_text()
    (body,) = re.findall(rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    found, heading = [], section
    for match in re.finditer(r"^### ([^\n]+)$|^```bash\n(.*?)^```$", body, re.M | re.S):
        heading = match[1] or heading
        if match[2]:
            found.append((heading, match[2]))
    return found


def shell(script, **environment):
    """Runs commands as a person would: in the checkout, with the AWS CLI, cargo-lambda and sam of the pinned environments."""
    environment = {**os.environ, "AWS_PAGER": "", "RULE_STATE": "ENABLED", **environment}  # see World.deploy
    environment["PATH"] = f"{ROOT / '.venv-cli' / 'bin'}:{environment['PATH']}"
    done = subprocess.run([ROOT / "scripts" / "release-env", *BASH, "-c", AWS + script], env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode:
        tail = "\n    ".join(done.stdout.strip().splitlines()[-12:])
        raise Failure(f"ended with {done.returncode}:\n    {tail}")
    return done.stdout


def operate(heading, *more, nth=None):
    """The commands of docs/operate.md below a heading, or of one block there, and others after them."""
    text = (ROOT / "docs" / "operate.md").read_text()
    names = re.search(r"^```bash\n(.*?)^```$", text, re.M | re.S)[1]
    (body,) = re.findall(rf"^##+ {re.escape(heading)}\n(.*?)(?=^##+ |\Z)", text, re.M | re.S)
    commands = re.findall(r"^```bash\n(.*?)^```$", body, re.M | re.S)
    expect(commands, f"no commands below {heading}")
    if nth is not None:
        commands = [commands[nth]]
    return shell("\n".join([names, *commands, *more]))
