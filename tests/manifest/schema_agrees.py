"""Holds schemas/manifest.schema.json against the corpus and the examples, with validators that are
not ours: ruamel.yaml (YAML 1.2) and jsonschema (2020-12).

Every manifest of corpus/valid and every example must be accepted. A manifest of corpus/invalid says
in its head whether the schema must refuse it ("refuses"), cannot see the mistake ("accepts": files,
rows, templates, what a model can do), or is not asked ("skipped": the mistake is in the YAML itself,
and loaders differ in what they let pass). corpus_test.cpp holds the reader against the same files.

Usage: schema_agrees.py SCHEMA CORPUS [FOLDER OF EXAMPLES ...]
"""
import datetime
import json
import pathlib
import sys

import jsonschema
import ruamel.yaml


def head_value(path, key):
    for line in path.read_bytes().split(b"\n"):
        if not line.startswith(b"# "):
            break
        prefix = b"# " + key.encode() + b": "
        if line.startswith(prefix):
            return line[len(prefix):].decode()
    return None


def plain(value):
    """What JSON has: text keys, no dates."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else json.dumps(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    return value


def load(path):
    loader = ruamel.yaml.YAML(typ="safe", pure=True)
    loader.version = (1, 2)
    return plain(loader.load(path.read_text(encoding="utf-8")))


def main():
    schema = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    corpus = pathlib.Path(sys.argv[2])
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    wrong = []
    counts = {"valid": 0, "refuses": 0, "accepts": 0, "skipped": 0}

    valid = sorted((corpus / "valid").glob("*.yaml"))
    for folder in sys.argv[3:]:
        valid += sorted(pathlib.Path(folder).glob("*.yaml"))
    for path in valid:
        counts["valid"] += 1
        for error in validator.iter_errors(load(path)):
            wrong.append(f"{path}: refused: {error.json_path}: {error.message[:200]}")

    for path in sorted((corpus / "invalid").glob("*.yaml")):
        label = head_value(path, "schema")
        if label not in counts:
            wrong.append(f"{path}: its head must say '# schema: refuses', 'accepts' or 'skipped'")
            continue
        counts[label] += 1
        if label == "skipped":
            continue
        errors = list(validator.iter_errors(load(path)))
        if label == "refuses" and not errors:
            wrong.append(f"{path}: the reader refuses it and the schema does not")
        if label == "accepts" and errors:
            wrong.append(f"{path}: the schema sees it after all: {errors[0].json_path}: {errors[0].message[:200]}")

    if counts["valid"] < 15 or counts["refuses"] < 60:
        wrong.append(f"too few manifests were found: {counts}")
    print(counts)
    print("\n".join(wrong))
    return 1 if wrong else 0


sys.exit(main())
