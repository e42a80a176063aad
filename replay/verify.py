#!/usr/bin/env python3
"""A second opinion on a daybook bundle. It needs Python 3.9 and nothing else, and shares no code with `auditor verify`.

    python3 verify.py BUNDLE.zip|DIR VKEY

VKEY is the log's public key (name+hash+key), from somewhere else than the bundle. Checked are the log's signature on the checkpoint, the form of every event, the
revisions of every stream, the root over all entries, and every tile; not: witnesses, rules, views, words. `auditor verify` does those.

A line a check. Exit code 0: verified; 1: a finding; 2: it could not be checked.
"""
import base64, hashlib, json, os, re, sys, zipfile


class Finding(Exception):
    pass


def require(ok, *words):
    if not ok:
        raise Finding(" ".join(map(str, words)))


P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # Ed25519, RFC 8032 5.1
D = -121665 * pow(121666, -1, P) % P
BASE = (15112221349535400772501151409588531511454012693041857206046113283949847762202,
        46316835694926478169428394003475163141307993866256225615783033603165251855960)


def add(a, b):  # in affine coordinates: slow and short
    t = D * a[0] * b[0] * a[1] * b[1] % P
    return (a[0] * b[1] + b[0] * a[1]) * pow(1 + t, -1, P) % P, (a[1] * b[1] + a[0] * b[0]) * pow(1 - t, -1, P) % P


def times(n, a):
    point = (0, 1)
    for bit in bin(n)[2:]:
        point = add(point, point)
        point = add(point, a) if bit == "1" else point
    return point


def is_signed(key, message, signature):
    y, s = int.from_bytes(key, "little") & (2**255 - 1), int.from_bytes(signature[32:], "little")
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square or s >= L or len(signature) != 64:
        return False
    minus = (x if x & 1 != key[31] >> 7 else P - x, y)
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    r = add(times(s, BASE), times(h, minus))  # R = sB - hA
    return signature[:32] == (r[1] | (r[0] & 1) << 255).to_bytes(32, "little")


def strict64(text):
    data = base64.b64decode(text, validate=True)
    require(base64.b64encode(data).decode() == text, "base64 in another form than it must have:", text)
    return data


def checkpoint(note, name, hash, key):
    """The size and root that the log signed: c2sp.org/signed-note, c2sp.org/tlog-checkpoint."""
    text, _, signatures = note.decode().rpartition("\n\n")
    require(re.fullmatch("(\u2014 [^ \n]+ [^ \n]+\n)+", signatures), "the checkpoint is no signed note")
    own = [s for n, s in re.findall("\u2014 (.*) (.*)\n", signatures) if n == name and strict64(s)[:4].hex() == hash]
    require(own and is_signed(key, (text + "\n").encode(), strict64(own[0])[4:]), "the checkpoint is not signed by", name)
    origin, size, root = text.split("\n")[:3]
    require(origin == name and re.fullmatch("0|[1-9][0-9]{0,16}", size), "the checkpoint is not one of", name)
    return int(size), strict64(root)


HEAD = ["specversion", "id", "type", "subject", "revision"]
MUST, MAY = {"source", "time", "actor", "command"}, {"dialogue", "occurredat", "causation", "correlation", "observed"}
FORMS = {"specversion": r"1\.0", "id": "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "type": r"[a-z]+(-[a-z]+)*\.v[1-9][0-9]*", "subject": "[A-Za-z0-9._~%/-]+",
         "time": r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z"}


def unique(pairs):
    require(len(dict(pairs)) == len(pairs) and all(k.isascii() for k, _ in pairs), "a member twice, or a name that is not ASCII")
    return dict(pairs)


def is_plain(v):  # strings, booleans, integers of 53 bits, lists and objects
    return (all(map(is_plain, v.values())) if isinstance(v, dict) else all(map(is_plain, v)) if isinstance(v, list)
            else isinstance(v, (str, bool)) or isinstance(v, int) and abs(v) < 2**53)


def check_event(leaf, revisions):
    """One event: a CloudEvents frame around members in canonical JSON (RFC 8785), and the next one of its stream."""
    e = json.loads(leaf.decode(), object_pairs_hook=unique)
    require(isinstance(e, dict) and e.keys() - MAY == {*HEAD, *MUST, "data"} and is_plain(e) and isinstance(e["data"], dict), "not the members of an event")
    require(type(e["revision"]) is int and all(isinstance(e[k], str) for k in e.keys() - {"revision", "data"}), "a member of another kind")
    require(all(re.fullmatch(form, e[k]) for k, form in FORMS.items()), "a member of another form")
    order = HEAD + sorted(e.keys() - {*HEAD, "data"}) + ["data"]
    text = ",".join('"%s":%s' % (k, json.dumps(e[k], ensure_ascii=False, sort_keys=True, separators=(",", ":"))) for k in order)
    require(("{%s}" % text).encode() == leaf, "not in canonical form")
    have = revisions.get(e["subject"], 0)
    require(e["revision"] == have, "revision", e["revision"], "of", e["subject"], "stands where", have, "comes next")
    revisions[e["subject"]] = have + 1


def path(level, n, width):
    groups = "%03d" % (n % 1000)
    while n >= 1000:
        n //= 1000
        groups = "x%03d/%s" % (n % 1000, groups)
    return "tile/%s/%s%s" % (level, groups, "" if width == 256 else ".p/%d" % width)


def leaves(read, size):
    for first in range(0, size, 256):
        width = min(256, size - first)
        name = path("entries", first // 256, width)
        data, at, count = read(name, 256 * 65537), 0, 0
        while at < len(data):
            end = at + 2 + int.from_bytes(data[at:at + 2], "big")
            require(at + 2 <= end <= len(data), name, "ends within an entry")
            yield data[at + 2:end]
            at, count = end, count + 1
        require(count == width, name, "has", count, "entries and not", width)


def root_of(row):  # RFC 6962 2.1: neighbours are joined; one that has none goes up as it is
    while len(row) > 1:
        row = [hashlib.sha256(b"\1" + b"".join(row[i:i + 2])).digest() if i + 1 < len(row) else row[i] for i in range(0, len(row), 2)]
    return row[0] if row else hashlib.sha256(b"").digest()


def verify(read, name, hash, key):
    signed, hashes, outcomes = [], [], []

    def signature():
        signed.extend(checkpoint(read("checkpoint", 1 << 16), name, hash, key))
        return "%s has signed a log of %d events" % (name, signed[0])

    def events():
        revisions, problems = {}, []
        for i, leaf in enumerate(leaves(read, signed[0])):
            hashes.append(hashlib.sha256(b"\0" + leaf).digest())
            try:
                check_event(leaf, revisions)
            except (Finding, ValueError, RecursionError) as problem:
                problems.append("event %d: %s" % (i, problem))
        require(not problems, "%d events are not as they must be:" % len(problems), "; ".join(problems[:5]))
        return "%d events of %d streams are in canonical form, and none is missing in its stream" % (len(hashes), len(revisions))

    def root():
        require(len(hashes) == signed[0] and root_of(hashes) == signed[1], "the entries do not come to the root that was signed")
        return "the entries come to " + base64.b64encode(signed[1]).decode()

    def tiles():
        level, row, count = 0, hashes, 0
        while row:
            for n in range(0, len(row), 256):
                tile = path(level, n // 256, min(256, len(row) - n))
                require(read(tile, 8192) == b"".join(row[n:n + 256]), tile, "is not what the entries come to")
                count += 1
            level, row = level + 1, [root_of(row[n:n + 256]) for n in range(0, len(row) - 255, 256)]
        return "%d tiles are what the entries come to" % count

    for check in signature, events, root, tiles:
        try:
            if check != signature and not signed:
                raise LookupError("it is not known what was signed")
            said, outcome, code = check(), "passed", 0
        except (Finding, ValueError, zipfile.BadZipFile) as problem:  # a wrong sum in a zip file is a changed byte
            said, outcome, code = problem, "FINDING", 1
        except Exception as problem:
            said, outcome, code = repr(problem), "NOT DONE", 2
        outcomes.append(code)
        print("%-9s  %-8s  %s" % (check.__name__, outcome, said))
    return 1 if 1 in outcomes else max(outcomes)


def main(where, vkey):
    name, hash, key = vkey.split("+", 2)
    key = strict64(key)
    require(len(key) == 33 and key[0] == 1 and hashlib.sha256(name.encode() + b"\n" + key).hexdigest()[:8] == hash, "the key is no <name>+<hash>+<key>")
    files = None if os.path.isdir(where) else zipfile.ZipFile(where)
    require(not files or len(set(files.namelist())) == len(files.namelist()), "two files of the zip file have one name")

    def read(file, limit):
        with files.open(file) if files else open(os.path.join(where, file), "rb") as f:
            data = f.read(limit + 1)
        require(len(data) <= limit, file, "is longer than anything of its kind")
        return data

    return verify(read, name, hash, key[1:])


if __name__ == "__main__":
    try:
        if len(sys.argv) != 3:
            raise ValueError("usage: python3 verify.py BUNDLE.zip|DIR VKEY")
        sys.exit(main(*sys.argv[1:]))
    except Exception as problem:
        print("could not be checked:", problem, file=sys.stderr)
        sys.exit(2)
