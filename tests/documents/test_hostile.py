"""Hostile and damaged files: each ends as text or as a reasoned refusal, and the document process goes on."""

from __future__ import annotations

import base64
import functools
import random
import re
import socket
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from assistant.documents import process
from assistant.documents.backends import office
from assistant.documents.host import DocumentHost
from assistant.errors import DocumentError
from assistant.jobs import Context
from helpers import ole2
from helpers.documents import write_pdf

DATA = Path(__file__).resolve().parents[1] / "data"
HEAD = "From: a@example.com\nTo: b@example.com\nMIME-Version: 1.0\n"
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs seccomp")


def outcome(host: DocumentHost, path: Path) -> tuple[str, str]:
    """``read`` and the text, or the code of the refusal and its sentence."""
    try:
        opened = host.open(path, Context())
    except DocumentError as error:
        return error.code, str(error)
    try:
        return "read", host.read(opened, Context()).text
    finally:
        host.close(opened)


def _nested_mail(levels: int) -> str:
    parts = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(levels))
    return HEAD + parts + "Content-Type: text/plain\n\nthe words inside\n"


CASES: dict[str, tuple[Callable[[], str], str, str]] = {
    # name of the file: content, code, words
    "divs.html": (lambda: "<html><body>" + "<div>" * 200_000 + "words", "too_deep", ""),
    "spans.html": (lambda: "<html><body>" + "<span>" * 200_000 + "words", "too_deep", ""),
    "quotes.html": (lambda: "<html><body>" + "<blockquote>" * 900 + "words", "read", "words"),
    "quotes.md": (lambda: ">" * 200_000 + " words\n\nafter\n", "read", "words"),
    "lists.md": (lambda: "- " * 100_000 + "words\n\nafter\n", "read", "words"),
    "tags.html": (lambda: "<html><body>" + "<b></b>" * 1_300_000, "too_complex", ""),
    "rows.html": (lambda: "<html><table>" + "<tr><td>x" * 200_000, "too_complex", ""),
    "formats.html": (
        lambda: "<html>" + "".join(f'<i lang="a{n}">' for n in range(3000)) + "<p>x" * 300_000,
        "too_complex",
        "",
    ),
    "spanned.html": (lambda: "<html><table><td colspan=9999999 rowspan=9999999>words</table>", "read", "words"),
    "charset.html": (lambda: '<html><meta charset="zip"><p>words</p></html>', "read", "words"),
    "line.txt": (lambda: "x" * 400_000 + " words", "read", "words"),
    "long.txt": (lambda: "word " * 10_000_000, "too_large", ""),
    "deep.eml": (lambda: _nested_mail(200_000), "too_complex", ""),
    "deeper.eml": (lambda: _nested_mail(1000), "too_deep", ""),
    "nested.eml": (lambda: _nested_mail(30), "read", "the words inside"),
    "forwards.eml": (lambda: HEAD + "Content-Type: message/rfc822\n\n" * 100_000 + "words", "too_deep", ""),
    "parts.eml": (
        lambda: HEAD + "Content-Type: multipart/mixed; boundary=x\n\n" + "--x\n\nwords\n" * 50_000,
        "too_many_parts",
        "",
    ),
    "lines.eml": (lambda: HEAD + "\n" * 2_000_000, "too_complex", ""),
    "fields.eml": (lambda: "To: a@example.com\n" * 100_000 + HEAD + "\nwords\n", "read", "words"),
    "parameters.eml": (lambda: HEAD + "Content-Type: text/plain" + '; a="b"' * 200_000 + "\n\nwords", "read", "words"),
    "words.eml": (lambda: HEAD + "Subject: " + "=?utf-8?q?=41?= " * 100_000 + "\n\nwords", "read", "words"),
    "codings.eml": (
        lambda: HEAD + "Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n*d29yZHM=*!=\n",
        "read",
        "words",
    ),
    "printable.eml": (
        lambda: HEAD + "Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\nwords =ZZ =\n=4",
        "read",
        "words",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bombs_end_with_a_reason_and_the_process_goes_on(tmp_path: Path, host: DocumentHost, name: str) -> None:
    make, code, words = CASES[name]
    host.close(host.open(DATA / "services-agreement.txt", Context()))
    before = host.process_id
    path = tmp_path / name
    path.write_text(make(), encoding="utf-8")
    found, text = outcome(host, path)
    assert found == code
    assert "{" not in text
    assert found == "read" or name in text
    assert words in text.replace("\n", "").replace(" ", "") if words.isalpha() else words in " ".join(text.split())
    assert host.process_id == before
    _assert_memory(host)


def _assert_memory(host: DocumentHost) -> None:
    """The most that the document process ever had."""
    status = Path(f"/proc/{host.process_id}/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
        assert found is not None
        assert int(found.group(1)) < 1_000_000


def test_entities_of_xhtml_reach_no_file(tmp_path: Path, host: DocumentHost) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret words")
    path = tmp_path / "page.xhtml"
    path.write_text(
        f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY x SYSTEM "{secret.as_uri()}"><!ENTITY l "lol">]>'
        f'<html xmlns="http://www.w3.org/1999/xhtml"><body><p>words &x; &l;</p>'
        f'<object data="{secret.as_uri()}"></object><iframe src="{secret.as_uri()}"></iframe></body></html>'
    )
    code, text = outcome(host, path)
    assert code == "read"
    assert "words" in text
    assert "secret" not in text


@functools.cache
def _bomb() -> bytes:
    """A PNG of 50,000 x 50,000 pixels in some hundred kilobytes."""
    packer = zlib.compressobj(1)
    row = bytes(1 + 50_000 // 8)
    data = b"".join(packer.compress(row * 100) for _ in range(500)) + packer.flush()

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", 50_000, 50_000, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["html", "eml", "mhtml"])
def test_a_picture_of_gigabytes_is_left_out(tmp_path: Path, host: DocumentHost, kind: str) -> None:
    picture = base64.encodebytes(_bomb()).decode()
    page = '<html><body><p>Before</p><img src="{}"><p>After</p></body></html>'
    path = tmp_path / f"page.{kind}"
    if kind == "html":
        path.write_text(page.format("data:image/png;base64," + picture.replace("\n", "")))
    else:
        saved = "Snapshot-Content-Location: http://example.invalid/\nMIME-Version: 1.0\n"
        path.write_text(
            (HEAD if kind == "eml" else saved)
            + "Content-Type: multipart/related; boundary=x\n\n--x\nContent-Type: text/html\n\n"
            + page.format("cid:a")
            + "\n--x\nContent-Type: image/png\nContent-ID: <a>\nContent-Transfer-Encoding: base64\n\n"
            + f"{picture}\n--x--\n"
        )
    before = host.process_id
    opened = host.open(path, Context())
    text = host.read(opened, Context()).text
    assert text.index("Before") < text.index("After")
    assert host.render(opened, 1, 1.0).result(60).page == 1
    host.close(opened)
    assert host.process_id == before
    _assert_memory(host)


def _samples(folder: Path) -> list[Path]:
    names = ("service-mail.eml", "freight-report.mhtml", "services-agreement.md", "services-agreement.html")
    message = ole2.message("Fee", "The fee is EUR 12,500.", {"terms.txt": b"Payable in 30 days. " * 300})
    return [*(DATA / name for name in names), ole2.write(folder / "message.msg", message)]


def test_cut_off_and_changed_copies_are_read_or_refused(tmp_path: Path, host: DocumentHost) -> None:
    host.close(host.open(DATA / "services-agreement.txt", Context()))
    before = host.process_id
    chance = random.Random(20240304)
    codes: set[str] = set()
    for sample in _samples(tmp_path):
        data = sample.read_bytes()
        copies = [data[: chance.randrange(1, len(data))] for _ in range(6)]
        for _ in range(10):
            changed = bytearray(data)
            for _ in range(chance.choice((1, 8, 64))):
                changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
            copies.append(bytes(changed))
        for number, copy in enumerate(copies):
            path = tmp_path / f"{number}{sample.suffix}"
            path.write_bytes(copy)
            codes.add(outcome(host, path)[0])
    assert "read" in codes
    assert codes <= {"read", "damaged_document", "unsupported_format", "empty_file", "too_deep"}
    assert host.process_id == before


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("mail.txt", (DATA / "service-mail.eml").read_bytes(), "eml"),
        ("page.eml", b"<!DOCTYPE html><html><body><p>words</p></body></html>", "html"),
        ("page.md", b"<!DOCTYPE html><html><body><p>words</p></body></html>", "html"),
        ("saved.txt", (DATA / "freight-report.mhtml").read_bytes(), "mhtml"),
        ("memo.txt", b"To: all\nFrom: the office\nSubject: keys\nDate: Monday\n\nPlease return the keys.\n", "txt"),
        ("about.txt", b"A PDF begins with %PDF-1.7 and an object with 1 0 obj; this is a text.\n" * 3, "txt"),
        ("yaml.txt", b"name: a\nversion: 1\ncontent-type: text/plain\n", "txt"),
        ("notes.pdf", "Notes in Chinese: 本合同自双方签字之日起生效，有效期三年。".encode("gb18030") * 9, "txt"),
    ],
)
def test_the_content_decides_not_the_name(
    tmp_path: Path, host: DocumentHost, name: str, content: bytes, code: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    opened = host.open(path, Context())
    host.close(opened)
    assert opened.format == code


def test_containers_that_are_no_documents(tmp_path: Path, host: DocumentHost) -> None:
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("a.bin", b"x" * 100)
    ole2.write(tmp_path / "thumbs.db", {("Catalog",): b"x" * 100})
    locked = bytearray(b"\xec\xa5\xc1\x00" + bytes(60))
    locked[0x0B] = 1
    ole2.write(tmp_path / "locked.doc", {("WordDocument",): bytes(locked)})
    ole2.write(tmp_path / "locked.docx", {("EncryptedPackage",): b"x" * 100, ("EncryptionInfo",): b"y"})
    for name, code in (
        ("photos.zip", "archive"),
        ("thumbs.db", "unsupported_format"),
        ("locked.doc", "office_encrypted" if office.find_office() else "office_missing"),
        ("locked.docx", "office_encrypted"),
    ):
        assert outcome(host, tmp_path / name)[0] == code, name


def test_without_libreoffice_old_files_are_refused_with_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(office, "find_office", lambda: None)
    path = ole2.write(tmp_path / "old.doc", {("WordDocument",): b"\xec\xa5\xc1\x00" + bytes(60)})
    with pytest.raises(DocumentError) as failure:
        office.load(path, None)
    assert failure.value.code == "office_missing"
    assert "Install LibreOffice" in str(failure.value)


# --- what the process may do --------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[tuple[str, Callable[[], bool]]]:
    """An address that documents refer to, and whether anybody came."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)

        def visited() -> bool:
            try:
                listening.accept()[0].close()
            except BlockingIOError:
                return False
            return True

        yield f"http://127.0.0.1:{listening.getsockname()[1]}", visited


def _referring(folder: Path, address: str) -> list[Path]:
    """Documents that try to make their reader look at ``address``."""
    page = (
        f'<html><head><base href="{address}/"><link rel=stylesheet href="{address}/a.css"><style>'
        f'@import "{address}/b";'
        f"@font-face {{ font-family: x; src: url({address}/f.woff) }} p {{ background: url({address}) }}"
        f'</style><meta http-equiv=refresh content="0;url={address}"></head><body><p style="background:url({address})">'
        f'words</p><img src="{address}/i.png"><img srcset="{address}/i2.png 2x"><iframe src="{address}"></iframe>'
        f'<object data="{address}"></object><embed src="{address}"><script src="{address}"></script>'
        f'<svg><image href="{address}/s.png"/></svg><video src="{address}" poster="{address}"></video></body></html>'
    )
    (folder / "page.html").write_text(page)
    (folder / "mail.eml").write_text(HEAD + "Content-Type: text/html\n\n" + page)
    (folder / "body.eml").write_text(
        HEAD + f'Content-Type: message/external-body; access-type=URL; URL="{address}"\n\nContent-Type: text/html\n\n'
    )
    (folder / "saved.mhtml").write_text(
        f"Snapshot-Content-Location: {address}\nMIME-Version: 1.0\nContent-Type: text/html\n\n{page}"
    )
    (folder / "notes.md").write_text(f"# Notes\n\n![picture]({address}/i.png)\n\nwords\n\n{page}")
    _referring_package(folder / "report.docx", address)
    pdf = write_pdf(folder / "plain.pdf", [["words"]])
    data = pdf.read_bytes().replace(
        b"/Type/Catalog",
        f"/Type/Catalog/OpenAction<</S/URI/URI({address})>>/AA<</WC<</S/JavaScript/JS(app.launchURL"
        f"('{address}'))>>>>/URI<</Base({address})>>".encode(),
    )
    (folder / "action.pdf").write_bytes(data)
    (folder / "remote.pdf").write_bytes(
        data.replace(b"/Type/Page/", f"/Type/Page/AA<</O<</S/GoToR/F<</FS/URL/F({address}/b.pdf)>>>>>>/".encode())
    )
    return sorted(path for path in folder.iterdir() if path.suffix != ".txt")


def _referring_package(path: Path, address: str) -> None:
    """A DOCX with a linked picture, a template and a frame somewhere else."""
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    drawing = "http://schemas.openxmlformats.org/drawingml/2006/main"
    links = "".join(
        f'<Relationship Id="r{number}" Type="{kinds}/{kind}" Target="{address}/{kind}" TargetMode="External"/>'
        for number, kind in enumerate(("image", "attachedTemplate", "frame", "oleObject", "hyperlink"))
    )
    head = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        main = f'<Relationship Id="m" Type="{kinds}/officeDocument" Target="word/document.xml"/>'
        archive.writestr("_rels/.rels", f"{head}{main}</Relationships>")
        archive.writestr("word/_rels/document.xml.rels", f"{head}{links}</Relationships>")
        archive.writestr("word/_rels/settings.xml.rels", f"{head}{links}</Relationships>")
        archive.writestr(
            "word/document.xml",
            f'<w:document xmlns:w="{word}" xmlns:a="{drawing}" xmlns:r="{kinds}"><w:body><w:p><w:r><w:t>words</w:t>'
            '<w:drawing><a:blip r:link="r0" r:embed="r0"/></w:drawing></w:r></w:p></w:body></w:document>',
        )


@LINUX
def test_opening_any_document_opens_no_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: tuple[str, Callable[[], bool]]
) -> None:
    address, visited = server
    # The kernel ends the process at the first attempt, whoever makes it.
    code = (
        "from assistant.documents import confine; assert confine.refuse_sockets(kill=True);"
        "from assistant.documents.child import main; main()"
    )
    monkeypatch.setattr(process, "_command", lambda: [sys.executable, "-P", "-c", code])
    host = DocumentHost()
    try:
        first = host.open(DATA / "services-agreement.txt", Context())
        before = host.process_id
        for path in _referring(tmp_path, address):
            opened = host.open(path, Context())
            document = host.read(opened, Context())
            assert "words" in document.text or path.name == "body.eml", path.name
            for page in document.pages:
                host.render(opened, page.number, 1.0).result(60)
            host.close(opened)
            assert host.process_id == before, path.name
        host.close(first)
    finally:
        host.shutdown()
    assert not visited()


@LINUX
@pytest.mark.parametrize(("kill", "status"), [(False, 0), (True, -31)])
def test_the_filter_refuses_sockets_of_native_code_and_children(tmp_path: Path, kill: bool, status: int) -> None:
    from helpers.processes import python

    code = (
        "import ctypes, socket, subprocess, sys\n"
        "from assistant.documents import confine\n"
        f"assert confine.refuse_sockets(kill={kill})\n"
        "socket.socket(socket.AF_UNIX).close()\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "assert (libc.socket(2, 1, 0), ctypes.get_errno()) == (-1, 13)\n"
        "assert (libc.socket(10, 2, 0), ctypes.get_errno()) == (-1, 13)\n"
        "code = 'import socket; socket.socket()'\n"
        "assert subprocess.run([sys.executable, '-c', code], capture_output=True).returncode == 1\n"
    )
    done = python(code, home=tmp_path)
    assert done.returncode == status, done.stderr


@LINUX
def test_the_document_process_is_confined_and_leaves_nothing(host: DocumentHost, tmp_path: Path) -> None:
    own = DocumentHost()
    own.close(own.open(DATA / "services-agreement.txt", Context()))
    child = psutil.Process(own.process_id)
    folder = Path(child.environ()["TMPDIR"])
    assert folder.is_dir()
    assert child.rlimit(psutil.RLIMIT_CORE) == (0, 0)
    assert child.rlimit(psutil.RLIMIT_DATA)[1] == 1_000_000_000
    assert "Seccomp:\t2" in Path(f"/proc/{child.pid}/status").read_text()
    own.shutdown()
    assert not folder.exists()
    assert not child.is_running()


# --- old Office files ---------------------------------------------------------------------------------------------


@pytest.mark.skipif(office.find_office() is None, reason="needs LibreOffice")
def test_old_office_files_through_libreoffice(tmp_path: Path, host: DocumentHost) -> None:
    import subprocess

    (tmp_path / "sheet.csv").write_text("Item,Amount\nReports,12500\n")
    (tmp_path / "letter.html").write_text("<html><body><h1>Letter</h1><p>The fee is EUR 12,500.</p></body></html>")
    program = office.find_office()
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    for target, name in (("xls:MS Excel 97", "sheet.csv"), ("doc:MS Word 97", "letter.html")):
        command = [str(program), profile, "--headless", "--convert-to", target, name]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    assert "The fee is EUR 12,500." in outcome(host, tmp_path / "letter.doc")[1]
    assert "Reports" in outcome(host, tmp_path / "sheet.xls")[1]
    damaged = bytearray((tmp_path / "letter.doc").read_bytes())
    damaged[700:9000] = bytes(8300)
    (tmp_path / "damaged.doc").write_bytes(bytes(damaged))
    assert outcome(host, tmp_path / "damaged.doc")[0] in ("read", "damaged_document", "unsupported_format")
    left = [each for each in psutil.Process(host.process_id).children(recursive=True) if "office" in each.name()]
    assert not left
