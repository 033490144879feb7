"""Walks a node with the stock taxii2-client and stix2, as its users do, and prints what it saw.

usage: walk.py DISCOVERY-URL USER PASSWORD CA-FILE COLLECTION-ALIAS PER-REQUEST
Prints one JSON document; the caller compares it with what was published. What may be read is
read page by page, what may be written is written. Any disagreement between the client and the
server is an exception. CA-FILE may be empty.
"""

import json
import os
import sys

import requests
import stix2
from taxii2client.v21 import Server, as_pages

MEDIA_TYPE = "application/taxii+json;version=2.1"


def read(collection, per_request, session):
    """Everything of a collection, by the client's own paging, and the bytes behind it."""
    objects, pages = [], 0
    for page in as_pages(collection.get_objects, per_request=per_request):
        pages += 1
        objects += page.get("objects", [])
    manifest = []
    for page in as_pages(collection.get_manifest, per_request=per_request):
        manifest += page.get("objects", [])
    assert [o["id"] for o in objects] == [m["id"] for m in manifest], "objects and manifest differ"
    if objects:
        look(collection, objects[0], manifest)

    # The client decodes; so ask once more for the very bytes, page by page.
    raw, query = [], {"limit": per_request}
    while True:
        answer = session.get(collection.objects_url, params=query, headers={"Accept": MEDIA_TYPE})
        answer.raise_for_status()
        raw.append(answer.text)
        page = answer.json()
        if not page.get("more"):
            break
        query["next"] = page["next"]
    return {
        "pages": pages,
        "ids": [o["id"] for o in objects],
        "refused": [refusal for refusal in map(refusal_of, objects) if refusal],
        "raw": raw,
    }


def refusal_of(o):
    """What stix2 has against an object; None when it parses."""
    try:
        stix2.parse(o, allow_custom=True)
    except (stix2.exceptions.STIXError, ValueError) as e:
        return f"{o['id']}: {e}"


def look(collection, one, manifest):
    """One object, its versions, and filters."""
    assert collection.get_object(one["id"])["objects"] == [one]
    assert collection.object_versions(one["id"])["versions"]
    assert all(o["type"] == one["type"] for o in collection.get_objects(type=one["type"])["objects"])
    after = manifest[-1]["date_added"]
    assert "objects" not in collection.get_objects(added_after=after), "nothing is added after the last"


def write(root, collection, session):
    """One indicator: posted, its status, and back, where it can be read and deleted."""
    indicator = stix2.Indicator(pattern="[ipv4-addr:value = '198.51.100.7']", pattern_type="stix",
                                object_marking_refs=[stix2.TLP_GREEN])
    envelope = {"objects": [json.loads(indicator.serialize())]}
    status = collection.add_objects(envelope, wait_for_completion=True, timeout=10)
    assert status.status == "complete" and status.success_count == 1, status
    again = root.get_status(status.id)
    assert again.success_count == 1 and again.id == status.id
    if collection.can_read:
        back = collection.get_object(indicator.id)["objects"]
        assert stix2.parse(back[0]) == indicator, "what was posted is not what came back"
        collection.delete_object(indicator.id)
    else:
        refused = session.get(collection.objects_url, headers={"Accept": MEDIA_TYPE})
        assert refused.status_code == 403, refused.status_code
    return indicator.id


def main(url, user, password, ca, alias, per_request):
    verify = ca or True
    if ca:
        # requests prefers what the environment says to what a session says.
        os.environ["REQUESTS_CA_BUNDLE"] = ca
    session = requests.Session()
    session.auth, session.verify = (user, password), verify
    server = Server(url, user=user, password=password, verify=verify)
    root = server.default
    collections = {c.custom_properties.get("alias") or c._raw.get("alias"): c for c in root.collections}
    collection = collections[alias]
    saw = {"title": server.title, "collections": sorted(collections), "written": None}
    if collection.can_read:
        saw |= read(collection, int(per_request), session)
    if collection.can_write:
        saw["written"] = write(root, collection, session)
    json.dump(saw, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:7])
