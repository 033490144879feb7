"""Walks a node with the stock taxii2-client and stix2, as its users do, and prints what it saw.

usage: walk.py DISCOVERY-URL USER PASSWORD CA-FILE COLLECTION-ALIAS PER-REQUEST
Prints one JSON document; the caller compares it with what was published. Any disagreement
between the client and the server is an exception.
"""

import json
import sys

import requests
import stix2
from taxii2client.common import TokenAuth  # noqa: F401  (imported to show that it is the stock client)
from taxii2client.exceptions import TAXIIServiceException  # noqa: F401
from taxii2client.v21 import ApiRoot, Collection, Server, as_pages

url, user, password, ca, alias, per_request = sys.argv[1:7]
verify = ca or True
auth = {"user": user, "password": password, "verify": verify}

server = Server(url, **auth)
root = server.default or server.api_roots[0]
collections = {c.custom_properties.get("alias", c._raw.get("alias")): c for c in root.collections}
collection = collections[alias]

# Page by page, with `next`, as the client does it.
objects, pages = [], 0
for page in as_pages(collection.get_objects, per_request=int(per_request)):
    pages += 1
    objects += page.get("objects", [])

# The manifest tells of the same objects, in the same order.
manifest = []
for page in as_pages(collection.get_manifest, per_request=int(per_request)):
    manifest += page.get("objects", [])
assert [o["id"] for o in objects] == [m["id"] for m in manifest], "objects and manifest differ"

# One object, its versions, and filters.
one = objects[0]
assert collection.get_object(one["id"])["objects"] == [one]
assert collection.object_versions(one["id"])["versions"]
kind = one["type"]
assert all(o["type"] == kind for o in collection.get_objects(type=kind)["objects"])
after = manifest[-1]["date_added"]
assert "objects" not in collection.get_objects(added_after=after), "nothing is added after the last"

# What came back parses as STIX.
parsed = sum(1 for o in objects if stix2.parse(o, allow_custom=True))

# The very bytes: the client decodes, so ask once more with its own connection.
raw = requests.get(collection.objects_url, params={"limit": 10000}, auth=(user, password), verify=verify,
                   headers={"Accept": "application/taxii+json;version=2.1"})
raw.raise_for_status()

written = None
if collection.can_write:
    indicator = stix2.Indicator(pattern="[ipv4-addr:value = '198.51.100.7']", pattern_type="stix",
                                object_marking_refs=[stix2.TLP_GREEN])
    status = collection.add_objects({"objects": [json.loads(indicator.serialize())]}, wait_for_completion=True, timeout=10)
    assert status.status == "complete" and status.success_count == 1, status
    again = root.get_status(status.id)
    assert again.success_count == 1 and again.id == status.id
    back = collection.get_object(indicator.id)["objects"]
    assert stix2.parse(back[0]) == indicator, "what was posted is not what came back"
    collection.delete_object(indicator.id)
    written = indicator.id

json.dump({
    "title": server.title,
    "collections": sorted(collections),
    "pages": pages,
    "ids": [o["id"] for o in objects],
    "parsed": parsed,
    "raw": raw.text,
    "written": written,
}, sys.stdout)
