"""Reads PROV-JSON documents, one on a line, with the package prov, and writes what it found in each: names as IRIs, relations as kind, from, to."""
import json
import sys

from prov.model import ProvDocument, ProvElement

for line in sys.stdin:
    document = ProvDocument.deserialize(content=line, format="json")
    nodes, relations = [], []
    for record in document.get_records():
        kind = type(record).__name__
        if isinstance(record, ProvElement):
            nodes.append([kind, record.identifier.uri])
            continue
        ends = [value.uri for _, value in record.formal_attributes if hasattr(value, "uri")]
        relations.append([kind] + ends[:2])
    again = ProvDocument.deserialize(content=document.serialize(format="json"), format="json")
    print(json.dumps({"nodes": nodes, "relations": relations, "same": again == document}))
