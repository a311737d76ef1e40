"""The schema of SARIF 2.1.0, and logs held against it."""

import json

import jsonschema

from .world import ROOT

SCHEMA = ROOT / "tests" / "sarif" / "sarif-2.1.0-rtm.5.json"


def faults(log):
    """What in a log the schema does not allow: each with its place."""
    schema = json.loads(SCHEMA.read_text())
    validator = jsonschema.Draft4Validator(schema)
    validator.check_schema(schema)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(log)]
