"""`tradewindow doctor PROCESS`: a sentence for each thing that a process alone needs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy import cli
from deploy.operate.data_directory import Endpoints
from migrations.apply import revisions
from services.manifests import names
from tests.deploy.commands import CARRIERS, OF_THE_RECORD
from tests.deploy.test_processes_with_their_share import Deployment, deployed
from tests.support.ports import free_port

ALL = [*OF_THE_RECORD, "migrate", "verify"]


@pytest.fixture(scope="module")
def alone(
    stack: Endpoints, stack_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    with deployed(stack, stack_home, tmp_path_factory.mktemp("shares")) as found:
        yield found


class Patient:
    """A process with its environment, which the doctor looks at."""

    def __init__(
        self,
        deployment: Deployment,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        self._deployment, self._monkeypatch, self._capsys = deployment, monkeypatch, capsys

    def examined(self, process: str, **changed: str) -> tuple[int, str]:
        """How the doctor ended, and what it said."""
        told = self._deployment.environment(process, free_port()) | changed
        for name, value in told.items():
            self._monkeypatch.setenv(name, value)
        return cli.run_command(["doctor", process]), self._capsys.readouterr().out


@pytest.fixture
def patient(
    alone: Deployment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Patient:
    return Patient(alone, monkeypatch, capsys)


# The engine of the test run carries whatever the other tests left open, so the relay has its own.
@pytest.mark.proof(keep=5)
@pytest.mark.parametrize("process", [process for process in ALL if process != "relay"])
def test_nothing_is_wrong_with_a_process_that_has_what_it_needs(
    process: str, patient: Patient
) -> None:
    status, said = patient.examined(process)
    assert (status, "trouble" in said) == (0, False), said
    assert f"is at {revisions()[0]}." in said
    assert ("Tokens of" in said) is (process in names())
    assert ("The engine at" in said) is (process in CARRIERS)


def test_the_relays_doctor_counts_months_and_open_cases(patient: Patient) -> None:
    _, said = patient.examined("relay")
    assert "ok       The engine at" in said
    assert "ok       The next 6 months have partitions of their own." in said
    assert "open cases" in said


def test_a_name_that_no_process_has_is_answered_with_those_that_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run_command(["doctor", "customs"]) == 1
    assert capsys.readouterr().err.startswith(
        "Name a process to look at: accreditation, accreditation-worker,"
    )
    monkeypatch.setenv("SECRETS_FILE", "/run/secrets/secrets.json")
    assert cli.run_command(["doctor"]) == 1
    assert capsys.readouterr().err.startswith("Name a process to look at: ")


def test_secrets_of_another_process_are_trouble(patient: Patient, alone: Deployment) -> None:
    status, said = patient.examined("window", SECRETS_FILE=str(alone.shares / "verify.json"))
    assert status == 1
    assert "trouble  The secrets file" in said
    assert "field_key, receipt_key, which window needs" in said


def test_the_master_file_is_trouble_because_it_holds_more(
    patient: Patient, alone: Deployment, tmp_path: Path
) -> None:
    master = shutil.copy(alone.home / "secrets.json", tmp_path / "master.json")
    status, said = patient.examined("processing", SECRETS_FILE=str(master))
    assert status == 1
    assert "trouble" in said
    assert "holds more than processing needs (database_passwords.tw_accreditation" in said


def test_a_database_that_does_not_answer_is_trouble_and_the_rest_is_looked_at(
    patient: Patient,
) -> None:
    nowhere = f"postgresql://127.0.0.1:{free_port()}/tradewindow"
    status, said = patient.examined("settlement", DATABASE_URL=nowhere)
    assert status == 1
    assert "trouble  The database at 127.0.0.1:" in said
    assert "ok       No official ISO 20022 schema is at hand" in said


def test_an_engine_without_the_namespace_is_trouble(patient: Patient) -> None:
    status, said = patient.examined("settlement-worker", TEMPORAL_NAMESPACE="nowhere")
    assert status == 1
    assert "trouble  The workflow engine has no namespace nowhere; make it" in said


def test_an_engine_that_does_not_answer_is_trouble(patient: Patient) -> None:
    silent = f"127.0.0.1:{free_port()}"
    status, said = patient.examined("processing-worker", TEMPORAL_ADDRESS=silent)
    assert status == 1
    assert f"trouble  The engine at {silent} does not answer" in said


def test_issuers_keys_and_schemas_that_cannot_be_read_are_trouble(patient: Patient) -> None:
    status, said = patient.examined("registry", JWKS_FILE="/nowhere/jwks.json")
    assert status == 1
    assert "trouble  The issuer's keys cannot be read from /nowhere/jwks.json" in said
    status, said = patient.examined("settlement", ISO20022_SCHEMAS="/nowhere/iso20022")
    assert status == 1
    assert "trouble  The official schemas cannot be read from /nowhere/iso20022" in said
