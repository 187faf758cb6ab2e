"""Reports for scenarios: one shape, changed by keyword."""
import copy
import datetime

TODAY = datetime.date(2026, 6, 15)


def day(days_ago=0):
    """A date string, counted back from the test clock's day."""
    return (TODAY - datetime.timedelta(days=days_ago)).isoformat()


def clock(days_on, time="12:00:00"):
    """A value for --test-clock so many days after the usual one."""
    return f"{TODAY + datetime.timedelta(days=days_on)}T{time}Z"


def report(name, brand="Moulinex", model="BY 612", category="kettle",
           mode="overheating", hazard=None, group=None, source=None,
           **fields):
    """A valid report; fields are those of its top level."""
    product = {"category": category}
    if brand:
        product["brand"] = brand
    if model:
        product["model"] = model
    failure = {}
    if mode:
        failure["mode"] = mode
    if hazard:
        failure["hazard"] = hazard
    made = {"id": name, "kind": "breakdown", "product": product,
            "country": "FR", "occurred": "2026-06"}
    if failure:
        made["failure"] = failure
    if group or source:
        made["origin"] = {key: value for key, value
                          in (("group", group), ("source", source)) if value}
    made.update(copy.deepcopy(fields))
    return made


def fire(name, group, **fields):
    """One that concerns the built-in rule of designated hazards."""
    fields.setdefault("kind", "incident")
    return report(name, hazard=["fire"], group=group, **fields)
