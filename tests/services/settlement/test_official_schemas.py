"""Official ISO 20022 schemas: where they are wanted and cannot be had, it is said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from services.platform.settings import SettingsError
from services.settlement.api.official import official_schemas

SCHEMA = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:element name="D"/></xs:schema>'


def test_no_folder_is_asked_for_none(tmp_path: Path) -> None:
    with capture_logs() as said:
        assert official_schemas(None).names == ()
    assert said == []


def test_the_schemas_of_a_folder_go_by_their_messages_names(tmp_path: Path) -> None:
    (tmp_path / "pacs.002.001.10.xsd").write_text(SCHEMA)
    (tmp_path / "read me.txt").write_text("not a schema")
    with capture_logs() as said:
        assert official_schemas(tmp_path).names == ("pacs.002.001.10",)
    assert said == []


def test_a_folder_without_schemas_is_said_in_the_log(tmp_path: Path) -> None:
    with capture_logs() as said:
        assert official_schemas(tmp_path).names == ()
    assert [line["event"] for line in said] == ["no_official_schemas"]
    assert said[0]["folder"] == str(tmp_path)


def test_a_folder_that_is_missing_keeps_the_service_from_starting(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere \(No such file .* Unset it"):
        official_schemas(tmp_path / "nowhere")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_folder_that_may_not_be_read_keeps_the_service_from_starting(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o300)
    with pytest.raises(SettingsError, match=r"closed \(Permission denied\)"):
        official_schemas(closed)
    closed.chmod(0o700)


def test_a_file_that_is_no_schema_is_named(tmp_path: Path) -> None:
    for content in ("<html>not found", "<html/>"):
        (tmp_path / "pacs.002.001.10.xsd").write_text(content)
        with pytest.raises(SettingsError, match=r"pacs\.002\.001\.10\.xsd is no XML schema"):
            official_schemas(tmp_path)
