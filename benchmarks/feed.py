"""A federation's feed of 10 000 entities, about 100 MB: to verify it and find one entity, and to find one later.

    python benchmarks/feed.py [--entities N] [--runs N] [--use ENVIRONMENT] [--without-pyff]

Each is a process of its own, timed from start to end with its peak of memory, one after the other in turn. Ours against pysaml2's
MetadataStore (which reads all entities before it has xmlsec1 check the signature; with and without that, and that with and without the
system's bundle of CA certificates), against pyFF's load (when it can be installed), and against the floor: lxml's parser and
python-xmlsec. The later look-up is the whole command `idptest metadata find`, against `python -c "import lxml.etree"` in the same
environment. Never fails on time. Needs xmlsec1 for pysaml2; not for Windows, where a child's peak of memory is not told.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from startup import installed, scripts

FASTER, MEMORY, LATER = 12, 0.6, 2
WANTED = "https://idp.kommun{:05d}.se/saml"
BUNDLE, NO_BUNDLE = "pysaml2, checked, with the CA bundle", "pysaml2, checked, without it"


# --- what is measured; each in a process of its own


def make(folder: Path, entities: int) -> None:
    """The feed, by idptest's own builder, and its certificate."""
    from dataclasses import replace

    from idptest.demo import federation, keys, metadata
    from idptest.saml.aggregate_sign import Federation, build

    # with as many certificates as make it 10 kB
    published = replace(metadata.Published(), more_keys=("other", "sp", "federation"))
    one = metadata.to_xml(published)
    files = ((f"{number}.xml", one.replace(b"exempelstad.se", b"kommun%05d.se" % number)) for number in range(entities))
    now = datetime.now(UTC)
    about = Federation("_feed", federation.NAME, now, now + timedelta(days=14), "PT1H", federation.NAME)
    (folder / "feed.xml").write_bytes(build(files, about, keys.private("federation"), federation.certificate()))
    (folder / "feed.pem").write_bytes(federation.certificate())


def ours(folder: Path, wanted: str) -> None:
    from idptest.saml import aggregate

    found: list[bytes] = []
    said = aggregate.read(
        (folder / "feed.xml").read_bytes(),
        (folder / "feed.pem").read_bytes(),
        datetime.now(UTC),
        keep=lambda entity, xml: found.append(xml),
        wanted=wanted,
    )
    assert said.verified and len(found) == 1


def ours_indexed(folder: Path, wanted: str) -> None:
    from idptest.adapters.feed_index import Builder, FeedIndex
    from idptest.saml import aggregate

    data = (folder / "feed.xml").read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    with Builder(folder / "feed.xml", digest) as index:
        assert aggregate.read(data, (folder / "feed.pem").read_bytes(), datetime.now(UTC), keep=index.add).verified
        index.finish()
    with FeedIndex(folder / "feed.xml", digest) as found:
        assert found.descriptor(wanted)


def pysaml2(folder: Path, wanted: str, checked: bool = True) -> None:
    from types import SimpleNamespace

    from saml2.attribute_converter import ac_factory
    from saml2.config import Config
    from saml2.mdstore import MetadataStore

    config = Config()
    config.load({"xmlsec_binary": shutil.which("xmlsec1"), "entityid": "https://sp.example/"})
    store = MetadataStore(ac_factory(), config)
    data = (folder / "feed.xml").read_bytes()
    store.http = SimpleNamespace(send=lambda *_, **__: SimpleNamespace(status_code=200, content=data, text=data.decode()))
    source = ("https://feed.example/", str(folder / "feed.pem")) if checked else ("https://feed.example/",)
    store.imp([{"class": "saml2.mdstore.MetaDataExtern", "metadata": [source]}])
    assert store[wanted]


def pysaml2_unchecked(folder: Path, wanted: str) -> None:
    pysaml2(folder, wanted, checked=False)


def floor(folder: Path, wanted: str) -> None:
    import xmlsec
    from lxml import etree

    root = etree.parse(str(folder / "feed.xml")).getroot()
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_file(str(folder / "feed.pem"), xmlsec.constants.KeyDataFormatCertPem)
    context.register_id(root, "ID")
    context.verify(xmlsec.tree.find_node(root, xmlsec.constants.NodeSignature))
    spaces = {"md": "urn:oasis:names:tc:SAML:2.0:metadata"}
    assert len(root.xpath("md:EntityDescriptor[@entityID = $wanted]", namespaces=spaces, wanted=wanted)) == 1


WORK: dict[str, Callable[[Path, str], None]] = {
    "ours": ours,
    "ours, and an index for later": ours_indexed,
    "floor: lxml and python-xmlsec": floor,
    "pysaml2, not checked": pysaml2_unchecked,
    BUNDLE: pysaml2,
    NO_BUNDLE: pysaml2,
}


# --- measuring


def measured(command: list[str], folder: Path, environment: dict[str, str] | None = None) -> tuple[float, float, float]:
    """Seconds from start to end, processor seconds, and the peak of memory in MB, its children's included. Raises when it fails."""
    start = time.perf_counter()
    child = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert child.stdout is not None
    said = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{said.decode(errors='replace')[-2000:]}")
    peak = usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime, peak


def pyff(work: Path) -> Path | None:
    """pyFF's command in an environment of its own; None when it cannot be installed."""
    environment = work / "pyff"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    pip = [str(scripts(environment) / "python"), "-m", "pip", "--quiet", "--quiet", "--disable-pip-version-check", "install", "pyff"]
    done = subprocess.run(pip, check=False, capture_output=True)
    command = scripts(environment) / "pyff"
    return command if done.returncode == 0 and command.is_file() else None


def commands(work: Path, wanted: str, with_pyff: bool) -> Iterator[tuple[str, list[str], dict[str, str]]]:
    for name in WORK:
        if name.startswith("pysaml2, checked") and not shutil.which("xmlsec1"):
            print(f"not measured: {name} (no xmlsec1; Debian: apt-get install xmlsec1)")
            continue
        environment = {"SSL_CERT_FILE": os.devnull} if name == NO_BUNDLE else {}
        yield name, [sys.executable, __file__, "--work", name, "--folder", str(work), "--wanted", wanted], environment
    if with_pyff:
        command = pyff(work)
        if command is None:
            print("not measured: pyFF (it cannot be installed here)")
            return
        source = f"{work / 'feed.xml'} verify {work / 'feed.pem'}"
        (work / "pyff.yaml").write_text(f"- load fail_on_error True:\n  - {source}\n- select:\n  - {wanted}\n- stats\n", encoding="utf-8")
        yield "pyFF's load, checked", [str(command), str(work / "pyff.yaml")], {}


def later(environment: Path, work: Path, wanted: str, runs: int) -> None:
    """The whole command, in a workspace that has the feed and its index, against the start of Python and lxml."""
    place = work / "workspace"
    fetched(environment, work, place)
    find = [str(scripts(environment) / "idptest"), "metadata", "find", wanted]
    theirs = [str(scripts(environment) / "python"), "-c", "import lxml.etree"]
    for command in (theirs, find):
        measured(command, place)  # fills the disk cache, and writes bytecode if there is none
    rows = [(measured(theirs, place), measured(find, place)) for _ in range(max(runs, 5) * 3)]
    reference, mine = (median(row[which][0] for row in rows) for which in (0, 1))
    ratio = mine / reference
    said = f"ratio {ratio:.2f} (target {LATER}: {'met' if ratio <= LATER else 'NOT met'})"
    print(
        f"\na later look-up: idptest metadata find {mine * 1000:.0f} ms, {rows[0][1][2]:.0f} MB; import lxml {reference * 1000:.0f} ms; {said}"
    )


def fetched(environment: Path, work: Path, place: Path) -> None:
    """A workspace into which the feed has been fetched, from this machine, and its key approved."""
    import threading
    from functools import partial
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    fingerprint = x509.load_pem_x509_certificate((work / "feed.pem").read_bytes()).fingerprint(hashes.SHA256()).hex()
    place.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(work)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        idptest = str(scripts(environment) / "idptest")
        settings = f'[feed.bench]\nurl = "http://127.0.0.1:{server.server_address[1]}/feed.xml"\nenvironment = "test"\ntimeout = 600\n'
        subprocess.run([idptest, "init"], cwd=place, check=True, stdin=subprocess.DEVNULL, capture_output=True)
        with (place / "idptest.toml").open("a", encoding="utf-8") as file:
            file.write(settings)
        measured([idptest, "metadata", "fetch", "bench", "--pin", fingerprint], place)
    finally:
        server.shutdown()
        server.server_close()


def main() -> None:
    parser = argparse.ArgumentParser(description="to verify a feed and find an entity in it")
    parser.add_argument("--entities", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--use", type=Path, metavar="ENVIRONMENT", help="a virtual environment that idptest's wheel is installed in")
    parser.add_argument("--without-pyff", action="store_true", help="do not try to install pyFF")
    for name in ("--work", "--folder", "--wanted"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work == "make":
        make(Path(options.folder), int(options.wanted))
        return
    if options.work:
        WORK[options.work](Path(options.folder), options.wanted)
        return
    with tempfile.TemporaryDirectory() as name:
        measure(Path(name).resolve(), options)


def measure(work: Path, options: argparse.Namespace) -> None:
    took, _, peak = measured([sys.executable, __file__, "--work", "make", "--folder", str(work), "--wanted", str(options.entities)], work)
    size = (work / "feed.xml").stat().st_size / 1e6
    print(f"a feed of {options.entities} entities, {size:.0f} MB, made and signed in {took:.0f} s, {peak:.0f} MB")
    wanted = WANTED.format(options.entities - 1)
    rows: dict[str, list[tuple[float, float, float]]] = {}
    known = list(commands(work, wanted, not options.without_pyff))
    for _ in range(options.runs):
        for name, command, environment in known:
            rows.setdefault(name, []).append(measured(command, work, environment))
    print(f"median of {options.runs} runs, in turn: wall, processor, peak of memory; wall as a multiple of ours")
    middle = {name: tuple(median(row[part] for row in found) for part in range(3)) for name, found in rows.items()}
    for name, (wall, processor, memory) in middle.items():
        print(f"{name:<38} {wall:7.2f} s {processor:7.2f} s {memory:6.0f} MB   {wall / middle['ours'][0]:6.1f}")
    mine = middle["ours"]
    for name in (BUNDLE, NO_BUNDLE):
        if name in middle:
            faster, memory = middle[name][0] / mine[0], mine[2] / middle[name][2]
            fast, little = ("met" if done else "NOT met" for done in (faster >= FASTER, memory <= MEMORY))
            if options.entities < 10_000:
                fast = little = "of 10 000 entities"
            said = f"{faster:.1f} times faster (target {FASTER}: {fast})"
            less = f"{memory:.0%} of its memory (target {MEMORY:.0%}: {little})"
            print(f"ours against {name}: {said}, {less}")
    environment = options.use.absolute() if options.use else installed(work)
    later(environment, work, wanted, options.runs)


if __name__ == "__main__":
    main()
