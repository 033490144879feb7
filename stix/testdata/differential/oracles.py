"""Says what stix2-validator and python-stix2 think of STIX 2.1 objects.

usage: oracles.py [--most N] [--time] < FILE-NAMES

Each line of standard input names a JSON document: a bundle, an envelope, a list, an object, or
objects on lines of their own. Every object is judged alone, so that a bad one hides none of its
neighbours; a bundle is also judged without its objects, as index -1. A document that is no JSON is
one line with index -2. --most takes that many objects of each document, evenly spread. Prints a
JSON line for each object:

{"file", "index", "id", "validator": {"valid", "errors", "warnings"}, "python": {"valid", "error"}}

The validator checks MUSTs only; its warnings are given as the codes of its checks. With --time it
prints instead one line {"objects", "seconds"} for its judging of all objects, its start not counted.
Neither library is given a reason to use the network: the validator brings schemas and IANA lists.
"""

import argparse
import contextlib
import json
import re
import sys
import time

import stix2
import stix2validator

OPTIONS = stix2validator.ValidationOptions(version="2.1", strict=False)
CHECK_CODE = re.compile(r"\{(\d{3})\}")


def documents(names):
    for name in map(str.strip, names):
        with open(name, "rb") as f:
            data = f.read()
        try:
            yield name, split(data.decode("utf-8"))
        except (ValueError, RecursionError) as e:
            yield name, [(-2, e)]


def split(text):
    """The objects of a document with their indexes, and a bundle's own members as index -1."""
    try:
        document = json.loads(text)
    except ValueError:
        document = lines(text)
    if isinstance(document, list):
        return list(enumerate(document))
    if not isinstance(document, dict):
        raise ValueError("neither an object nor a list")
    is_bundle = document.get("type") == "bundle"
    if not isinstance(document.get("objects"), list) or not is_bundle and "type" in document:
        return [(-1 if is_bundle else 0, document)]
    objects = list(enumerate(document["objects"]))
    if is_bundle:
        if objects:
            del document["objects"]
        objects.append((-1, document))
    return objects


def lines(text):
    objects, decoder = [], json.JSONDecoder()
    text = text.strip()
    while text:
        one, end = decoder.raw_decode(text)
        objects.append(one)
        text = text[end:].lstrip()
    return objects


def spread(objects, most):
    if not most or len(objects) <= most:
        return objects
    step = len(objects) / most
    return [objects[int(i * step)] for i in range(most)]


def ask_validator(o):
    try:
        result = stix2validator.validate_instance(o, OPTIONS)
    except Exception as e:  # it raises what it did not expect: that is a refusal too
        return {"valid": False, "errors": [f"{type(e).__name__}: {e}"], "warnings": []}
    return {
        "valid": result.is_valid,
        "errors": [str(e) for e in result.errors],
        "warnings": sorted({code for w in result.warnings or [] for code in CHECK_CODE.findall(str(w))}),
    }


def ask_python(o):
    try:
        stix2.parse(o, allow_custom=True, version="2.1")
    except Exception as e:  # it too
        return {"valid": False, "error": f"{type(e).__name__}: {e}"}
    return {"valid": True, "error": ""}


def verdict(name, index, o):
    line = {"file": name, "index": index, "id": o.get("id", "") if isinstance(o, dict) else ""}
    if isinstance(o, Exception):
        refusal = f"document: {o}"
        return line | {"validator": {"valid": False, "errors": [refusal], "warnings": []},
                       "python": {"valid": False, "error": refusal}}
    return line | {"python": ask_python(o), "validator": ask_validator(o)}


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--most", type=int, default=0)
    p.add_argument("--time", action="store_true")
    args = p.parse_args()
    all_objects = [(name, index, o) for name, objects in documents(sys.stdin) for index, o in spread(objects, args.most)]
    if args.time:
        ask_validator(all_objects[0][2])
        start = time.perf_counter()
        for _, _, o in all_objects:
            ask_validator(o)
        print(json.dumps({"objects": len(all_objects), "seconds": time.perf_counter() - start}))
        return
    for one in all_objects:
        with contextlib.redirect_stdout(sys.stderr):
            line = verdict(*one)
        print(json.dumps(line))


if __name__ == "__main__":
    main()
