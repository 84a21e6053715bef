"""The word of a second person on what a first one found or proposed."""

from __future__ import annotations

from pydantic import model_validator

from services.kernel.fields.bodies import Request
from services.kernel.fields.texts import Remark
from services.kernel.fields.times import YesNo
from services.kernel.mistakes import REMARK_MISSING
from services.kernel.refusal import Mistake


class SignatureRequest(Request):
    """The second officer agrees, or sends it back and says why."""

    agree: YesNo
    remark: Remark = ""

    @model_validator(mode="after")
    def _says_why_not(self) -> SignatureRequest:
        if not self.agree and not self.remark:
            raise Mistake(REMARK_MISSING.at())
        return self
