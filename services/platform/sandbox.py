"""The sandbox of workflow code, without a question that is always answered the same."""

from __future__ import annotations

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner
from temporalio.workflow import Info


class ContextFreeSandbox(SandboxedWorkflowRunner):
    """The strict sandbox for a converter that looks at values only.

    Before a payload is encoded or decoded the SDK asks, three times each, in which context that
    is, and the answer is compiled and run inside the sandbox. Our converter has neither a codec
    nor external storage and treats a payload the same in every context, so it is not asked: that
    saves a fifth of a worker's time on a lot. With a codec that looks at the context, or with
    external storage, the plain ``SandboxedWorkflowRunner`` is to be used.
    """

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """One workflow's sandbox."""
        return _ContextFreeInstance(super().create_instance(det))


class _ContextFreeInstance(WorkflowInstance):
    def __init__(self, inner: WorkflowInstance) -> None:
        self._inner = inner

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        return self._inner.activate(act)

    def get_serialization_context(self, command_info: object) -> None:
        return None

    def get_external_store_context(self, command_info: object) -> StorageDriverStoreContext:
        return _NOWHERE

    def get_info(self) -> Info:
        return self._inner.get_info()

    def get_thread_id(self) -> int | None:
        return self._inner.get_thread_id()


_NOWHERE = StorageDriverStoreContext(target=None)
