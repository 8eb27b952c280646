"""Encrypted Office files open with their password, and with nothing else."""

from __future__ import annotations

import io
from pathlib import Path

import olefile
import pytest
from msoffcrypto.method.ecma376_agile import ECMA376Agile

from assistant.documents.host import DocumentHost
from assistant.documents.office_program import find_office
from assistant.engine import Engine
from assistant.errors import DocumentError, PasswordRequired
from assistant.jobs import Context
from assistant.paths import Paths
from helpers import ole2
from helpers.encrypted_odf import Cipher, encrypt_odf

DATA = Path(__file__).parents[1] / "data"
CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
PASSWORD = "Leuchtturm 7"


def encrypted(path: Path, source: Path, password: str = PASSWORD) -> Path:
    """``source`` in agile encryption, as Office writes it since 2010."""
    path.write_bytes(ECMA376Agile.encrypt(password, io.BytesIO(source.read_bytes())))
    return path


def outcome(host: DocumentHost, path: Path, password: str | None) -> str:
    with pytest.raises(DocumentError) as caught:
        host.open(path, Context(), password)
    assert str(path) in str(caught.value)
    return caught.value.code


@pytest.mark.parametrize("name", ["lease.docx", "harbour.pptx", "orders.xlsx"])
def test_the_password_opens_what_was_encrypted(name: str, tmp_path: Path, host: DocumentHost) -> None:
    path = encrypted(tmp_path / name, DATA / name)
    opened, plain = host.open(path, Context(), PASSWORD), host.open(DATA / name, Context())
    assert opened.format == plain.format
    assert opened.page_sizes == plain.page_sizes
    assert host.read(opened, Context()).text == host.read(plain, Context()).text
    assert host.render(opened, len(opened.page_sizes), 1.0).result(60).width > 100
    host.close(opened)
    host.close(plain)


@pytest.mark.parametrize("name", ["orders-locked.ods", "orders-locked.xls"])
def test_what_libreoffice_encrypted_opens_with_its_password(name: str, host: DocumentHost) -> None:
    if name.endswith("xls") and find_office() is None:
        pytest.skip("needs LibreOffice")
    path = DATA / name
    assert outcome(host, path, None) == "password_required"
    assert outcome(host, path, "leuchtturm 7") == "password_wrong"
    opened = host.open(path, Context(), PASSWORD)
    text = host.read(opened, Context()).text
    assert "Northwind Ltd" in text
    assert host.render(opened, 1, 1.0).result(60).width > 100
    host.close(opened)


@pytest.mark.parametrize("cipher", ["aes256", "blowfish"])
@pytest.mark.parametrize("name", ["agreement.odt", "results.odp"])
def test_encrypted_opendocument(name: str, cipher: Cipher, tmp_path: Path, host: DocumentHost) -> None:
    path = encrypt_odf(tmp_path / name, DATA / name, PASSWORD, cipher)
    assert outcome(host, path, None) == "password_required"
    assert outcome(host, path, "another") == "password_wrong"
    opened, plain = host.open(path, Context(), PASSWORD), host.open(DATA / name, Context())
    assert opened.format == "odf"
    assert host.read(opened, Context()).text == host.read(plain, Context()).text
    host.close(opened)
    host.close(plain)


@pytest.mark.parametrize(
    ("find", "put", "code"),
    [
        (b'iteration-count="1000"', b'iteration-count="2000000000"', "office_encrypted"),
        (b'key-derivation-name="PBKDF2"', b'key-derivation-name="secret"', "office_encrypted"),
        (b"xmlenc#aes256-cbc", b"xmlenc#another", "office_encrypted"),
        (b"initialisation-vector=", b"something-else=", "office_encrypted"),
        (b'iteration-count="1000"', b'iteration-count="many"', "damaged_document"),
    ],
)
def test_descriptions_of_encryption_that_lie(
    find: bytes, put: bytes, code: str, tmp_path: Path, host: DocumentHost
) -> None:
    path = encrypt_odf(
        tmp_path / "lying.odt",
        DATA / "agreement.odt",
        PASSWORD,
        "aes256",
        change=lambda manifest: manifest.replace(find, put),
    )
    assert outcome(host, path, PASSWORD) == code


def test_without_the_password_it_is_asked_for(tmp_path: Path, host: DocumentHost) -> None:
    # Whatever the file is named.
    path = encrypted(tmp_path / "lease.bin", DATA / "lease.docx")
    assert outcome(host, path, None) == "password_required"
    assert outcome(host, path, "") == "password_required"
    assert outcome(host, path, "leuchtturm 7") == "password_wrong"
    with pytest.raises(PasswordRequired):
        host.open(path, Context())


def test_what_is_only_protected_against_changes_opens_as_in_excel(tmp_path: Path, host: DocumentHost) -> None:
    path = encrypted(tmp_path / "orders.xlsx", DATA / "orders.xlsx", "VelvetSweatshop")
    opened = host.open(path, Context())
    assert opened.format == "xlsx"
    host.close(opened)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="needs ../shared/corpus")
def test_standard_encryption_of_office_2007(host: DocumentHost) -> None:
    path = CORPUS / "docx" / "poi__bug53475-password-is-solrcell.docx"
    assert outcome(host, path, None) == "password_required"
    opened = host.open(path, Context(), "solrcell")
    assert host.read(opened, Context()).text
    host.close(opened)


def _with_header(path: Path, source: Path, header: bytes) -> Path:
    with olefile.OleFileIO(str(source)) as container:
        package = container.openstream("EncryptedPackage").read()
    # Whole sectors, as that writer fills them up.
    header = header.ljust(4096)
    return ole2.write(path, {("EncryptionInfo",): header, ("EncryptedPackage",): package})


def test_hostile_descriptions_of_the_encryption_are_refused(tmp_path: Path, host: DocumentHost) -> None:
    good = encrypted(tmp_path / "good.docx", DATA / "lease.docx")
    with olefile.OleFileIO(str(good)) as container:
        header = container.openstream("EncryptionInfo").read()
    assert b'spinCount="100000"' in header
    cases = {
        b'spinCount="9999999"': "office_encrypted",
        b'spinCount="-1"': "office_encrypted",
        b'spinCount="abc"': "damaged_document",
    }
    for spins, code in cases.items():
        changed = header.replace(b'spinCount="100000"', spins)
        assert outcome(host, _with_header(tmp_path / "a.docx", good, changed), PASSWORD) == code
    bomb = header[:8] + b'<!DOCTYPE a [<!ENTITY b "bbbb">]>' + header[8:]
    assert outcome(host, _with_header(tmp_path / "b.docx", good, bomb), PASSWORD) == "document_unsafe"
    # A certificate instead of a password, and versions that nobody wrote.
    extensible = (3).to_bytes(2, "little") * 2 + header[4:]
    assert outcome(host, _with_header(tmp_path / "c.docx", good, extensible), PASSWORD) == "office_encrypted"
    assert outcome(host, _with_header(tmp_path / "d.docx", good, header[:300]), PASSWORD) == "damaged_document"


def test_nothing_of_it_is_kept(tmp_path: Path) -> None:
    path = encrypted(tmp_path / "lease.docx", DATA / "lease.docx")
    profile = tmp_path / "profile"
    engine = Engine.create(Paths.under(profile))
    text = engine.load(path, Context(), PASSWORD).text
    engine.shutdown()
    assert "Harbour" in text or len(text) > 500
    kept = b"".join(file.read_bytes() for file in profile.rglob("*") if file.is_file())
    assert PASSWORD.encode() not in kept
    again = Engine.create(Paths.under(profile))
    with pytest.raises(PasswordRequired):
        again.load(path, Context())
    again.shutdown()
