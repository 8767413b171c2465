"""What Schemathesis cannot know of Rollcall by itself: who asks, and which refusals no schema can express."""

import json
import os
import re

import schemathesis

# The API Access whose token is used. Were it changed or deleted, all that follows would be refused unseen.
OWN_CLIENT = os.environ["FUZZ_CLIENT"]
NOBODY = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"

# The types of refusals that depend on what is there already.
TYPES = {"EmailAlreadyInUse", "AmbiguousUser", "IdempotencyKeyReused"}
# The properties that may be refused for what is there already, each with what is said of it.
REASONS = [
    ("id|clientId", "used already|built in|that of a deleted user"),
    (r"groups\[\d+\]\.id", "no such group"),
    ("name", "Another group has this name"),
    ("customDomain", "used already"),
    ("reseller|customer", "There is no such"),
    ("resellerId", "no direct relation"),
    ("issuer", "not trusted"),
    ("newSecret", "at most 2 live secrets|from another issuer"),
    ("dropSecret", "no such secret"),
    ("key|groups|permission|disabled|dropSecret|clientId", "the last Administrator"),
    ("continuationToken", "altered, older than 15 minutes or of another listing"),
]


@schemathesis.hook
def before_call(context, case, kwargs):
    for name, value in (case.path_parameters or {}).items():
        # A link to what a record is about is followed even where it is about nothing: the id is null there.
        if value in (None, "None") or (name == "clientId" and value == OWN_CLIENT):
            case.path_parameters[name] = NOBODY


@schemathesis.check
def refused_for_what_is_there(ctx, response, case):
    """A request that keeps to the description is refused with 400 only for what is there already."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 400:
        return
    # A HEAD says no reason. A file is one text to the description, and any other text is no file of users.
    if case.method == "HEAD" or case.operation.path.endswith("/users/import"):
        return
    refusal = json.loads(response.content)
    if refusal["type"] in TYPES:
        return
    assert refusal["errors"], "the refusal names no property"
    for fault in refusal["errors"]:
        for said in fault["description"]:
            known = any(re.fullmatch(name, fault["propertyName"]) and re.search(text, said) for name, text in REASONS)
            assert known, f"`{fault['propertyName']}` was refused: {said}"
