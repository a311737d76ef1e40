"""The virtual environments of the checkout: made of the pinned requirements when missing or out of date.

What people choose is in requirements-*.in, with its reason. requirements-*.txt has all that follows from it, each file by its hash, and is
made by scripts/lock-requirements."""

import fcntl
import hashlib
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
REQUIREMENTS = {".venv": "requirements-dev.txt", ".venv-sam": "requirements-sam.txt", ".venv-cli": "requirements-cli.txt", ".venv-browser": "requirements-browser.txt"}


def enter(*others):
    """Makes .venv and `others` if need be, and starts the script again inside the first."""
    enter_only(".venv", *others)


def enter_only(first, *others):
    """Makes these environments if need be, and starts the script again inside the first."""
    for name in (first, *others):
        requirements = ROOT / REQUIREMENTS[name]
        python, stamp = ROOT / name / "bin" / "python", ROOT / name / "requirements.sha256"
        digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
        with requirements.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two scripts may need it at the same time
            if not (stamp.exists() and stamp.read_text() == digest):
                print(f"installing {requirements.name} into {name} ...", flush=True)
                subprocess.run([sys.executable, "-m", "venv", ROOT / name], check=True)
                subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--no-deps", "-r", requirements], check=True)
                stamp.write_text(digest)
    if pathlib.Path(sys.prefix) != ROOT / first:
        python = ROOT / first / "bin" / "python"
        os.execv(python, [str(python), *sys.argv])
