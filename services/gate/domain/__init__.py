"""How what leaves is weighed, and how long a vehicle's declaration is valid. Pure."""
