"""Mail, Outlook messages, saved web pages: what is read of them, and their attachments as documents of their own."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.documents.host import DocumentHost
from assistant.documents.names import safe, shown
from assistant.engine import Engine
from assistant.errors import DocumentError
from assistant.jobs import Context
from assistant.paths import Paths
from assistant.types import Document
from helpers import ole2

Read = Callable[[Path], Document]
DATA = Path(__file__).resolve().parents[1] / "data"
MAIL = DATA / "service-mail.eml"


def test_a_mail_is_read_with_its_best_form_once(read: Read) -> None:
    document = read(MAIL)
    assert document.format == "eml"
    assert document.title == "Service agreement, signed – März"
    text = " ".join(document.text.split())
    assert "From Maria Keller <maria.keller@northwind-analytics.example>" in text
    assert "Cc 陳玉芳 <yufang.chen@harbour-freight.example>" in text
    assert "the signed agreement is attached. The fee is EUR 12,500 per month – as agreed." in text
    assert "the plain form" not in text
    assert "Attached message" in text
    assert "Could you do it for EUR 12,500?" in text
    assert "terms.txt (text/plain, 62 bytes)" in text
    assert "logo.png" not in text, "it is shown in its place"


def test_the_picture_of_a_mail_is_drawn_and_no_other(host: DocumentHost) -> None:
    opened = host.open(MAIL, Context())
    image = host.render(opened, 1, 1.0).result(60)
    host.close(opened)
    blue = sum(1 for at in range(0, len(image.pixels), 4) if image.pixels[at : at + 3] == bytes((214, 95, 31)))
    assert blue > 400


def test_attachments_open_as_documents_and_are_gone_afterwards(paths: Paths) -> None:
    folder = paths.cache / "attachments"
    with Engine.create(paths) as engine:
        opened = engine.open(MAIL, Context())
        assert [(each.name, each.media_type) for each in opened.attachments] == [
            ("terms.txt", "text/plain"),
            ("Fee for the reports.eml", "message/rfc822"),
        ]
        files = [engine.extract(opened, each.number, Context()) for each in opened.attachments]
        assert all(file.is_relative_to(folder) for file in files)
        terms, letter = (engine.open(file, Context()) for file in files)
        assert "payable within 30 days" in engine.read(terms, Context()).text
        assert "Could you do it for EUR 12,500?" in engine.read(letter, Context()).text
        assert [file.path for file in engine.recent()] == [MAIL]
        engine.close(terms)
        assert not files[0].parent.exists()
        assert files[1].exists()
        with pytest.raises(DocumentError) as failure:
            engine.extract(opened, 2, Context())
        assert failure.value.code == "attachment_missing"
    assert list(folder.iterdir()) == []


def test_what_a_crashed_program_left_is_removed(paths: Paths) -> None:
    left = paths.cache / "attachments" / "4194300-x"
    left.mkdir(parents=True)
    (left / "secret.txt").write_text("secret")
    with Engine.create(paths) as engine:
        opened = engine.open(MAIL, Context())
        engine.extract(opened, 0, Context())
        assert not left.exists()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\system32\\evil.dll", "evil.dll"),
        ("/", "attachment"),
        ("..", "attachment"),
        ("", "attachment"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\0b\r\nc.txt", "ab c.txt"),
        ("nul.txt", "_nul.txt"),
        ("COM1", "_COM1"),
        ("aux.tar.gz", "_aux.tar.gz"),
        ("  .bashrc. ", "bashrc"),
        ('what?<"now">.pdf', "what___now__.pdf"),
        ("报告.docx", "报告.docx"),
        ("x" * 5000 + ".pdf", "x" * 116 + ".pdf"),
        ("報" * 5000 + ".pdf", "報" * 65 + ".pdf"),
        ("a." + "b" * 5000, "a." + "b" * 118),
    ],
)
def test_names_of_attachments_are_safe(name: str, expected: str) -> None:
    assert safe(name) == expected
    assert safe(expected) == expected


def test_shown_names_do_not_turn_around() -> None:
    assert shown("bill\u202egnp.scr \u200b\u2066x\u2069") == "billgnp.scr x"


def test_hostile_names_in_a_mail_stay_in_the_private_folder(tmp_path: Path, paths: Paths) -> None:
    names = ("../../../../outside.txt", "=?utf-8?b?4oCu?=txt.exe", "a/" * 3000 + "x.txt", "..\\..\\outside.txt")
    parts = "".join(
        f'--b\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename="{name}"\n\ndata\n'
        for name in names
    )
    path = tmp_path / "hostile.eml"
    path.write_text(
        "From: a@example.com\nTo: b@example.com\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/mixed; boundary="b"\n\n{parts}--b--\n'
    )
    with Engine.create(paths) as engine:
        opened = engine.open(path, Context())
        assert [each.name for each in opened.attachments] == ["outside.txt", "txt.exe", "x.txt", "outside.txt"]
        for each in opened.attachments:
            file = engine.extract(opened, each.number, Context())
            assert file.resolve().is_relative_to((paths.cache / "attachments").resolve())
            assert file.read_bytes() == b"data"
    assert not (tmp_path.parent / "outside.txt").exists()


@pytest.mark.parametrize(
    ("charset", "declared", "text"),
    [
        ("shift_jis", "Shift_JIS", "このメールはテスト用のメールです。"),
        ("iso2022_jp", "ISO-2022-JP", "このメールはテスト用のメールです。"),
        ("iso2022_jp", None, "このメールはテスト用のメールです。"),
        ("cp949", "ks_c_5601-1987", "이 계약은 삼년 동안 유효합니다."),
        ("gb18030", "gb2312", "本合同自双方签字之日起生效，有效期三年。乙方应当按照约定提供服务。"),
        ("gb18030", None, "本合同自双方签字之日起生效，有效期三年。乙方应当按照约定提供服务。"),
        ("utf-8", "iso-8859-1", "Der Vertrag läuft für drei Jahre."),
        ("utf-8", "no-such-charset", "Der Vertrag läuft für drei Jahre."),
        ("utf-8", "zip", "Der Vertrag läuft für drei Jahre."),
        ("cp1252", "us-ascii", "Der Vertrag läuft für drei Jahre – früher nicht."),
    ],
)
def test_character_sets_declared_wrongly_or_not_at_all(
    tmp_path: Path, read: Read, charset: str, declared: str | None, text: str
) -> None:
    parameter = f"; charset={declared}" if declared else ""
    head = f"From: a@example.com\nTo: b@example.com\nMIME-Version: 1.0\nContent-Type: text/plain{parameter}\n\n"
    path = tmp_path / "mail.eml"
    path.write_bytes(head.encode() + (text + "\n").encode(charset))
    assert text in " ".join(read(path).text.split())


def test_headers_in_bytes_that_nobody_declared(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "mail.eml"
    head = "From: 陳玉芳 <a@example.com>\nSubject: 合約\nMIME-Version: 1.0\nContent-Type: text/plain; charset=big5\n\n"
    path.write_bytes((head + "本協議由甲乙雙方簽訂。\n").encode("big5"))
    document = read(path)
    assert document.title == "合約" or "合約" in document.text
    assert "陳玉芳" in document.text


def test_a_multipart_with_the_wrong_boundary_is_mended(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "mail.eml"
    path.write_text(
        'From: a@example.com\nTo: b@example.com\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="x"\n\n'
        "--other\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n\nPHA+SGVsbG8gdGhlcmU8L3A+\n--other--\n"
    )
    text = read(path).text
    assert "Hello there" in text
    assert "PHA+" not in text


def test_an_outlook_message(tmp_path: Path, host: DocumentHost) -> None:
    streams = ole2.message(
        "Fee for the reports", "The fee is EUR 12,500.", {"terms.txt": b"Payable in 30 days. " * 300}
    )
    inner = {
        ("__attach_version1.0_#00000009", "__substg1.0_3701000D", *names): data
        for names, data in (ole2.message("An earlier message", "Could you do it for less?", {}).items())
    }
    path = ole2.write(tmp_path / "message.bin", {**streams, **inner})
    opened = host.open(path, Context())
    document = host.read(opened, Context())
    assert (document.format, document.title) == ("msg", "Fee for the reports")
    text = " ".join(document.text.split())
    assert "From Maria Keller <maria.keller@northwind-analytics.example>" in text
    assert "The fee is EUR 12,500." in text
    assert "An earlier message" in text
    assert "Could you do it for less?" in text
    assert [(each.name, each.size) for each in opened.attachments] == [("terms.txt", 6000)]
    assert host.attachment(opened, 0, Context()).startswith(b"Payable in 30 days.")
    host.close(opened)


def _stored(rtf: bytes) -> bytes:
    """RTF as an uncompressed body ([MS-OXRTFCP])."""
    return struct.pack("<IIII", len(rtf) + 12, len(rtf), 0x414C454D, 0) + rtf


def _packed(rtf: bytes) -> bytes:
    """The same in the compressed form, of single bytes only."""
    groups = b"".join(b"\0" + rtf[at : at + 8] for at in range(0, len(rtf), 8))
    return struct.pack("<IIII", len(groups) + 12, len(rtf), 0x75465A4C, 0) + groups


@pytest.mark.parametrize("pack", [_stored, _packed])
def test_an_outlook_message_whose_body_is_rtf_alone(
    pack: Callable[[bytes], bytes], tmp_path: Path, host: DocumentHost
) -> None:
    rtf = (
        rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\pard The fee for Stra\'dfe 7 is \b EUR 12,500\b0 .\par "
        rb"\trowd\pard\intbl Item\cell Price\cell\row\trowd\pard\intbl Report\cell 900\cell\row\pard Regards\par}"
    )
    streams = ole2.message("Fee", " ", {})
    streams["__substg1.0_10090102",] = pack(rtf)
    opened = host.open(ole2.write(tmp_path / "message.msg", streams), Context())
    document = host.read(opened, Context())
    assert "The fee for Straße 7 is EUR 12,500." in document.text
    # What striprtf would take for running text.
    rows = [block.span.of(document.text) for block in document.blocks if block.kind == "table_row"]
    assert rows[-2:] == ["Item\tPrice", "Report\t900"]
    host.close(opened)


def test_outlook_messages_of_the_corpus(shared: Path, read: Read) -> None:
    text = read(shared / "corpus" / "msg" / "tika__testMSG_chinese.msg").text
    assert "MSG 格式測試" in text
    assert "恭喜" in text
    assert "Here's the attachments!" in read(shared / "corpus" / "msg" / "unstructured__fake-email-attachment.msg").text


def test_a_saved_web_page(host: DocumentHost) -> None:
    opened = host.open(DATA / "freight-report.mhtml", Context())
    document = host.read(opened, Context())
    image = host.render(opened, 1, 1.0).result(60)
    host.close(opened)
    assert (document.format, document.title) == ("mhtml", "Freight report, February")
    assert "41,200 tonnes were moved — two per cent more." in document.text
    assert "Snapshot" not in document.text
    blue = sum(1 for at in range(0, len(image.pixels), 4) if image.pixels[at : at + 3] == bytes((214, 95, 31)))
    assert blue > 400, "its picture came with it"
