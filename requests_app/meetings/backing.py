"""How many households stand behind a case."""


def households_behind(cases):
    """The cases of the queryset ``cases`` that households back, each with their number: {key: households}."""
    return {}
