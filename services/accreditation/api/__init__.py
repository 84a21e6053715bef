"""The accreditation API: accreditations and credit levels."""

from services.accreditation.api import accreditations, credit

ROUTERS = [accreditations.router, credit.router]
