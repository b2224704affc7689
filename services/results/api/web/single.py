"""Query parameters, each at most once."""

from multidict import MultiMapping

from services.results.api.domain.problems import Problem


def single(query: MultiMapping[str]) -> dict[str, str]:
    """Raises Problem 400 for a parameter that is there twice: which one was meant?"""
    doubled = sorted({name for name in query if len(query.getall(name)) > 1})
    if doubled:
        errors = tuple({"parameter": name[:100], "detail": "is there more than once"} for name in doubled)
        raise Problem(400, "bad-query", "see `errors` for each parameter", errors=errors)
    return dict(query)
