"""Where e-mail leaves a cluster: from the notices alone, to the mail server alone."""

from __future__ import annotations

from typing import Any

from tests.deploy import chart


def _policy(name: str, **values: Any) -> dict[str, Any]:
    (found,) = [
        document["spec"]
        for document in chart.documents(values)
        if document["kind"] == "NetworkPolicy" and document["metadata"]["name"] == name
    ]
    spec: dict[str, Any] = found
    return spec


def test_mail_leaves_from_the_notices_to_public_addresses() -> None:
    mail = _policy("mail")
    (selected,) = mail["podSelector"]["matchExpressions"]
    assert selected["values"] == ["notices"]
    assert mail["egress"][0]["ports"] == [{"protocol": "TCP", "port": 465}]
    assert mail["egress"][0]["to"] == _policy("webhooks")["egress"][0]["to"]


def test_mail_leaves_to_the_operators_own_server_where_there_is_one() -> None:
    mail = _policy("mail", mail={"namespace": "post", "port": 587})
    named = {"matchLabels": {"kubernetes.io/metadata.name": "post"}}
    assert mail["egress"][0]["to"] == [{"namespaceSelector": named}]
    assert mail["egress"][0]["ports"] == [{"protocol": "TCP", "port": 587}]


def test_the_notices_alone_are_told_by_what_they_leave() -> None:
    told = {"NOTICES_SMTP": "smtps://mail.example.org:465", "NOTICES_FROM": "w@example.org"}
    documents = chart.documents({"services": {"notices": {"told": told}}})
    given = {
        document["metadata"]["name"]: {
            variable["name"]: variable["value"]
            for variable in document["spec"]["template"]["spec"]["containers"][0].get("env", ())
            if variable["name"].startswith("NOTICES")
        }
        for document in documents
        if document["kind"] == "Deployment"
    }
    assert given.pop("notices") == {**told, "NOTICES_SMS": ""}
    assert not any(given.values())
