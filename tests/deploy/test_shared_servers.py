"""The servers that all tests share."""

from __future__ import annotations

import asyncpg
import pytest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from deploy.local.stack import Endpoints


@pytest.mark.parametrize("turn", range(4))
async def test_the_database_answers_the_test(stack: Endpoints, turn: int) -> None:
    connection = await asyncpg.connect(stack.database_url)
    try:
        assert await connection.fetchval("SELECT current_database()") in stack.database_url
    finally:
        await connection.close()


@pytest.mark.parametrize("turn", range(4))
async def test_the_namespace_answers_the_test(stack: Endpoints, turn: int) -> None:
    client = await Client.connect(stack.temporal_address, namespace=stack.temporal_namespace)
    answer = await client.workflow_service.describe_namespace(
        DescribeNamespaceRequest(namespace=stack.temporal_namespace)
    )
    assert answer.namespace_info.name == stack.temporal_namespace
