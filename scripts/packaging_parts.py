"""What is in an archive of a release: the program with the list of its crates, their licences, an SBOM. The same bytes wherever it is made."""

import collections
import functools
import gzip
import hashlib
import io
import json
import pathlib
import platform
import re
import subprocess
import sys
import tarfile
import tempfile
import uuid
import zipfile
import zlib

BINARY = LAMBDA = "cognito-domain-guard"
GLIBC = (2, 34)  # of provided.al2023, and so of Amazon Linux 2023
TARGETS = {"x86_64": "x86_64-unknown-linux-gnu", "arm64": "aarch64-unknown-linux-gnu"}
MACHINE = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
BUDGETS = json.loads((pathlib.Path(__file__).resolve().parent.parent / "benches" / "budgets.json").read_text())  # a cold start on a fresh host loads it all
EPOCH = 315_532_800  # 1980, the first moment that a zip can say


def version(root):
    return re.search(r'^version = "(.+)"', (root / "Cargo.toml").read_text(), re.M)[1]


def check(program, target_dir, root):
    """It runs on Lambda's glibc, and nobody's directories are in it."""
    needed = max(tuple(map(int, version)) for version in re.findall(rb"GLIBC_(\d+)\.(\d+)", program))
    if needed > GLIBC:
        sys.exit(f"the program needs glibc {needed[0]}.{needed[1]}, and Lambda has {GLIBC[0]}.{GLIBC[1]}: build it with zig, or on an older system")
    for path in (root, target_dir, pathlib.Path.home() / ".cargo", pathlib.Path.home() / ".rustup"):
        if str(path).encode() in program:
            sys.exit(f"{path} is in the program: no other directory would give the same one")


# ── Licences ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def licences(root, package, target):
    """The names, licences and licence texts of what is linked: normal dependencies, without procedural macros."""
    linked = [crate for crate in linked_into(root, package, target).values() if crate["source"]]

    texts, without = collections.defaultdict(list), []
    for crate in linked:
        folder = pathlib.Path(crate["manifest_path"]).parent
        files = [path for path in sorted(folder.iterdir()) if re.match(r"(?i)(un)?licen[cs]e|copying|notice|copyright", path.name) and path.is_file()]
        if not files:
            without.append(crate)
        for path in files:
            text = "\n".join(line.rstrip() for line in path.read_text(errors="replace").strip().splitlines())
            texts[text].append(f"{crate['name']} {crate['version']}")

    line = "=" * 80
    out = [
        f"{package} is made with the software of others. This is a list of it, with their licences.",
        "",
        "The Rust standard library: MIT OR Apache-2.0, https://github.com/rust-lang/rust/blob/master/COPYRIGHT",
        *(f"{crate['name']} {crate['version']}: {crate['license'] or 'see below'}, {crate['repository'] or 'crates.io'}" for crate in linked),
        "",
    ]
    if without:
        out += ["No licence text comes with these; the names above are all they say:", *(f"  {p['name']} {p['version']}" for p in without), ""]
    for text, names in sorted(texts.items(), key=lambda item: item[1]):
        out += [line, ", ".join(names), line, "", text, ""]
    unlicensed = [crate["name"] for crate in linked if not crate["license"] and not crate["license_file"]]
    if unlicensed:
        sys.exit(f"no licence: {', '.join(unlicensed)}")
    return "\n".join(out).encode(), len(linked)


# ── The archive ────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def archive(path, files):
    import zopfli  # of .venv: the same deflate, looked for longer, 3 % smaller; Lambda loads it at each cold start on a new host

    # As many blocks as pay: 15, which is the default, are for files of a hundredth of this size.
    with zopfli.ZipFile(path, "w", zipfile.ZIP_DEFLATED, iterations=5, block_splitting_max=0) as out:
        for name, (content, mode) in files.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # the first moment that a zip can say
            entry.create_system, entry.external_attr = 3, (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            out.writestr(entry, content)


def tarball(path, folder, files):
    """A .tar.gz of one folder."""
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=EPOCH) as packed, tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as out:
        for name, (content, mode) in sorted(files.items()):
            entry = tarfile.TarInfo(f"{folder}/{name}")
            entry.size, entry.mode, entry.mtime = len(content), mode, EPOCH
            out.addfile(entry, io.BytesIO(content))


# ── What is linked ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@functools.cache
def linked_into(root, package, target):
    """{id: what `cargo metadata` says of a crate} of all that is linked into a package's program, itself among them."""
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target]
    metadata = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=root).stdout)
    # Of `cargo metadata` the paths and licences; which of the crates are linked, `cargo tree` knows to the feature.
    command = ["cargo", "tree", "--locked", "--package", package, "--edges", "normal,no-proc-macro", "--target", target, "--prefix", "none", "--format", "{p}"]
    tree = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=root).stdout
    names = {tuple(line.split()[:2]) for line in tree.splitlines() if line}
    there = [crate for crate in metadata["packages"] if (crate["name"], f"v{crate['version']}") in names]
    there.sort(key=lambda crate: (crate["name"], crate["version"]))
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    kept = {crate["id"]: crate for crate in there}
    for crate in there:
        needs = (dependency for dependency in nodes[crate["id"]]["deps"] if any(kind["kind"] is None for kind in dependency["dep_kinds"]))
        crate["needs"] = sorted(dependency["pkg"] for dependency in needs if dependency["pkg"] in kept)
    return kept


def auditable(program, root, package, target):
    """The program with the section .dep-v0 of `cargo auditable`: zlib around JSON, which `cargo audit bin`, Trivy and Grype read."""
    crates = linked_into(root, package, target)
    place = {name: number for number, name in enumerate(crates)}
    listed = []
    for crate in crates.values():
        entry = {"name": crate["name"], "version": crate["version"], "source": "crates.io" if crate["source"] else "local"}
        if crate["needs"]:
            entry["dependencies"] = sorted(place[name] for name in crate["needs"])
        if crate["name"] == package:
            entry["root"] = True
        listed.append(entry)
    data = zlib.compress(json.dumps({"packages": listed}, separators=(",", ":")).encode(), 9)
    with tempfile.TemporaryDirectory() as folder:
        section, before, after = (pathlib.Path(folder) / name for name in ("section", "before", "after"))
        section.write_bytes(data)
        before.write_bytes(program)
        command = ["objcopy", "--add-section", f".dep-v0={section}", "--set-section-flags", ".dep-v0=noload,readonly", before, after]
        subprocess.run(command, check=True)
        made = after.read_bytes()
    if data not in made:
        sys.exit("objcopy did not add the list of crates")
    return made


def sbom(root, package, target, files):
    """A CycloneDX 1.6 document: a program, the digests of the files that it is in, and what is linked into it."""
    crates = linked_into(root, package, target)
    reference = lambda crate: f"pkg:cargo/{crate['name']}@{crate['version']}"
    (own,) = [crate for crate in crates.values() if crate["name"] == package]

    def component(crate, kind="library"):
        # `MIT/Apache-2.0` is how crates wrote `OR` before it was SPDX's.
        licence = {"licenses": [{"expression": re.sub(r" ?/ ?", " OR ", crate["license"]).replace(" or ", " OR ")}]} if crate["license"] else {}
        where = {"externalReferences": [{"type": "vcs", "url": crate["repository"]}]} if crate["repository"] else {}
        return {"type": kind, "bom-ref": reference(crate), "name": crate["name"], "version": crate["version"], "purl": reference(crate), **licence, **where}

    top = component(own, "application")
    top["components"] = [
        {"type": "file", "bom-ref": f"file:{name}", "name": name, "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(content).hexdigest()}]} for name, content in sorted(files.items())
    ]
    others = [crate for crate in crates.values() if crate is not own]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": top, "properties": [{"name": "cdx:rustc:sbom:target:triple", "value": target}]},
        "components": [component(crate) for crate in others],
        "dependencies": [{"ref": reference(crate), "dependsOn": sorted(reference(crates[name]) for name in crate["needs"])} for crate in crates.values()],
    }
    text = json.dumps(document, sort_keys=True)
    # No time and no chance, so that two builds give the same document: its number is its content's.
    document["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, text)}"
    return json.dumps(document, indent=1).encode() + b"\n"
