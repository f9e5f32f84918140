#!/usr/bin/env python3
"""Verifies an exported audit log of a Lantai archive, independently of the program that wrote it.
    python3 verify_log.py FOLDER --key KEY-LINE-OR-FILE [--checkpoint FILE]...
FOLDER is what `lantai audit export` wrote, or a copy of the object store's `log/<archive>`. Needs Python 3.9 and `cryptography` (for
Ed25519). Formats: C2SP signed notes, tlog-checkpoint, tlog-tiles; trees: RFC 6962; entries: canonical JSON (RFC 8785). Time stamps are
verified with `openssl ts -verify`. Exit code: 0 whole, 2 something does not fit (a line FAULT each: kind, log, entry, file), 3 whole, but
a log was closed with a loss by two persons (BREAK), 1 it could not be found out. GONE: entries destroyed by rule; their hashes verify.
"""
import argparse, base64, copy, hashlib, json, pathlib, re, sys
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WIDTH, HASH = 256, 32
faults = []  # (kind, year, entry or None, file)
fault = lambda *what: faults.append(what)
sha = lambda data: hashlib.sha256(data).digest()
node = lambda left, right: sha(b"\1" + left + right)
log_of = lambda origin: origin.rpartition("/")[2]
base64_of = lambda data: base64.b64encode(data).decode()
read = lambda *path: pathlib.Path(*path).read_bytes() if pathlib.Path(*path).is_file() else None
names = lambda *path: sorted(one.name for one in pathlib.Path(*path).iterdir()) if pathlib.Path(*path).is_dir() else []

def root_of(row):
    """RFC 6962 root over hashes of one level; the last one may stand for fewer leaves."""
    if len(row) < 2:
        return row[0] if row else sha(b"")
    half = 1 << (len(row) - 1).bit_length() - 1
    return node(root_of(row[:half]), root_of(row[half:]))
class Tree:
    """The right edge of a tree: the open tile of each level. `append` gives the tiles that were filled."""
    def __init__(self):
        self.size, self.open = 0, [[] for _ in range(8)]
    def append(self, leaf):
        self.size, filled, hash_ = self.size + 1, [], leaf
        for level in range(8):
            self.open[level].append(hash_)
            if len(self.open[level]) < WIDTH:
                break
            filled.append((level, (self.size >> 8 * (level + 1)) - 1, b"".join(self.open[level])))
            hash_, self.open[level] = root_of(self.open[level]), []
        return filled
    def root(self):
        rest = []
        for row in self.open:
            rest = [root_of(row + rest)] if row + rest else []
        return root_of(rest)
def read_keys(text):
    """Verifier keys `name+id+base64(1 ‖ key)`, by the archive that their name begins with."""
    keys = {}
    for line in filter(str.strip, text.splitlines()):
        name, key_id, encoded = line.strip().split("+", 2)
        raw = base64.b64decode(encoded)
        if raw[0] != 1 or sha(name.encode() + b"\n" + raw)[:4].hex() != key_id:
            raise SystemExit("not a verifier key: " + line)
        keys[name.rpartition("/")[0]] = raw[1:]
    return keys
def open_note(note, keys):
    """The lines of a signed note; None where no signature of a known key, under the name in its first line, stands under it."""
    text, _, signatures = note.rpartition("\n\n")
    lines = text.split("\n")
    raw = keys.get(lines[0].rpartition("/")[0])
    for line in signatures.split("\n") if raw else []:
        parts = line.split(" ")
        signature = base64.b64decode(parts[2]) if len(parts) == 3 and parts[:2] == ["\u2014", lines[0]] else b""
        if signature[:4] == sha(lines[0].encode() + b"\n\x01" + raw)[:4]:
            try:
                Ed25519PublicKey.from_public_bytes(raw).verify(signature[4:], (text + "\n").encode())
                return lines
            except InvalidSignature:
                pass
    return None
def open_checkpoint(note, keys):
    lines = open_note(note, keys)  # origin, size, root
    fits = lines and len(lines) > 2 and re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1])
    return (lines[0], int(lines[1]), base64.b64decode(lines[2])) if fits else None
def open_gone(folder, log, keys):
    """(size, root, first entry, when, by what rule, by whom) of the certificate that the entries were destroyed by rule."""
    note = read(folder, log, "gone")
    lines = open_note(note.decode(), keys) if note is not None else None
    if lines and len(lines) > 7 and lines[1] == "entries destroyed" and log_of(lines[0]) == log:
        return int(lines[2].split(" ")[0]), base64.b64decode(lines[2].split(" ")[1]), base64.b64decode(lines[3]), lines[4:]
    return fault("origin" if lines else "signature", log, None, "gone") if note is not None else None
def part_path(level, index, width):
    digits = str(index).zfill(-(-len(str(index)) // 3) * 3)
    return f"tile/{level}/" + re.sub(r"(...)(?=.)", r"x\1/", digits) + ("" if width == WIDTH else f".p/{width}")
def read_part(folder, log, level, index, width):
    data = read(folder, log, part_path(level, index, width))
    return read(folder, log, part_path(level, index, WIDTH)) if data is None else data

def walk(folder, log, checkpoints, gone):
    """Recomputes one year; the checkpoints that fit, and its first entry."""
    size = max([one["size"] for one in checkpoints.values() if one["inside"]], default=0)
    tree, published, last_time, held, good, opening = Tree(), None, "", 0, [], None
    faults.extend(("short", log, size, one["name"]) for one in checkpoints.values() if one["size"] > size)
    for index in range((size + WIDTH - 1) // WIDTH):
        first, width = index * WIDTH, min(WIDTH, size - index * WIDTH)
        bundle = read_part(folder, log, "entries", index, width)
        tile = read_part(folder, log, 0, index, width)
        destroyed = bundle is None and gone and first < gone[0]
        opening = json.loads(gone[2]) if destroyed and first == 0 and tile and sha(b"\0" + gone[2]) == tile[:HASH] else opening
        missing = ["entries"] * (bundle is None and not destroyed) + [0] * (tile is None)
        faults.extend(("missing", log, first, part_path(level, index, width)) for level in missing)
        entries, at, told = [], 0, False
        while bundle is not None and at < len(bundle):
            length = int.from_bytes(bundle[at:at + 2], "big")
            entries.append(bundle[at + 2:at + 2 + length])
            at += 2 + length
        if bundle is not None and (at != len(bundle) or len(entries) < width):
            fault("damaged", log, first + min(len(entries), width) * (at == len(bundle)), part_path("entries", index, width))
            entries = entries if at == len(bundle) else []
        for i in range(width):
            stated = tile[i * HASH:(i + 1) * HASH] if tile is not None and len(tile) >= (i + 1) * HASH else None
            if i < len(entries):
                leaf = sha(b"\0" + entries[i])
                time = (re.search(rb',"t":"([^"]{24})","v":1(,"version":"[^"]*")?}\Z', entries[i]) or ["", b""])[1].decode()
                if time < last_time or time[:4] != log[:4]:
                    fault("time" if time else "entry", log, first + i, "entries")
                last_time = max(time, last_time) if time[:4] == log[:4] else last_time
                opening = json.loads(entries[0]) if first + i == 0 and time else opening
                if stated is not None and stated != leaf:
                    published = published or copy.deepcopy(tree)
                    told = told or fault("entry", log, first + i, "entries") or True
            elif stated is None:
                return good, opening
            else:
                leaf = stated
            for level, number, data in tree.append(leaf):
                if level > 0 and published is None and read_part(folder, log, level, number, WIDTH) != data:
                    fault("tile", log, number * WIDTH << 8 * level, part_path(level, number, WIDTH))
            published and published.append(stated or leaf)
            one = checkpoints.get(tree.size)
            fits = one and one["root"] in (tree.root(), published.root() if published else None)
            held, good = (one["size"], good + [one]) if fits else (held, good)
            fits is False and fault("root", log, held, one["name"])
    for level in range(1, 8) if published is None else []:
        mine, index = b"".join(tree.open[level]), size >> 8 * (level + 1)
        if mine and (read_part(folder, log, level, index, len(mine) // HASH) or b"")[:len(mine)] != mine:
            fault("tile", log, index * WIDTH << 8 * level, part_path(level, index, len(mine) // HASH))
    if gone and not any((one["size"], one["root"]) == gone[:2] for one in good):
        fault("root", log, 0, "gone")
    return good, opening

def main():
    arguments = argparse.ArgumentParser(usage=__doc__)
    arguments.add_argument("folder")
    arguments.add_argument("--key")  # without it those in the folder, which prove nothing about who made it
    arguments.add_argument("--checkpoint", action="append", default=[])
    asked = arguments.parse_args()
    keys = read_keys(((read(asked.key) or asked.key.encode()) if asked.key else read(asked.folder, "verifier-keys") or b"").decode())
    logs = [name for name in names(asked.folder) if re.fullmatch(r"\d{4}[b-z]?", name)]
    if not keys or not logs:
        sys.exit("no log, or no key")
    known = {}
    files = [(log, f"checkpoints/{name}") for log in logs for name in names(asked.folder, log, "checkpoints") if re.fullmatch(r"\d{20}", name)]
    files += [(log, "checkpoint") for log in logs if read(asked.folder, log, "checkpoint")] + [(None, file) for file in asked.checkpoint]
    for log, name in files:
        note = read(asked.folder, log, name) if log else open(name, "rb").read()
        opened = open_checkpoint(note.decode(), keys)
        if not opened or (log and log_of(opened[0]) != log):
            origin = note.decode().split("\n")[0]
            strange = opened or origin.rpartition("/")[0] not in keys
            fault("origin" if strange else "signature", log or log_of(origin), opened[1] if opened else None, name)
            continue
        new = dict(size=opened[1], root=opened[2], digest=sha(note).hex(), name=name, inside=False, outside=False)
        one = known.setdefault(log_of(opened[0]), {}).setdefault(opened[1], new)
        one["inside" if log else "outside"] |= one["root"] == opened[2]
        one["root"] == opened[2] or fault("fork", log_of(opened[0]), opened[1], name)
    before, breaks = None, []
    for log in logs:
        gone = open_gone(asked.folder, log, keys)
        good, opening = walk(asked.folder, log, known.get(log, {}), gone)
        facts = (opening or {}).get("facts", {})
        broken = bool(opening) and opening["act"] == "log.break"
        bound = opening and opening["act"] in ("log.open", "log.break") and opening["subject"]["id"] == log
        if bound and before and not (broken and facts["size"] == "0" and facts["previous"] > before[0]):
            ends = [(before[0], str(one["size"]), base64_of(one["root"]), one["digest"]) for one in before[1]]
            bound = tuple(map(facts.get, ("previous", "size", "root", "checkpoint"))) in (ends if broken else ends[-1:])
        breaks += [(log, facts)] if broken else []
        signed = any(one["inside"] for one in known.get(log, {}).values())
        if not signed or not bound:
            fault(*(("opening", log, 0) if signed else ("unsigned", log, None)), log)
        anchored = max([one["size"] for one in good if one["outside"]], default=0)
        print(f"{log}: {good[-1]['size'] if good else 0} entries under {len(good)} checkpoints; the first {anchored} anchored by a checkpoint kept elsewhere")
        gone and print(f"GONE {log}: entries 0 to {gone[0] - 1}, destroyed {' '.join(gone[3])}")
        before = (log, good) if good else None
    faults.extend(("short", log, 0, one["name"]) for log in set(known) - set(logs) for one in known[log].values())
    for log, facts in breaks:  # a checkpoint of what a break says is lost is no fault, unless it differs from what the break says
        closed, ends = facts["previous"], {int(facts.get(name, 0)): facts.get(name + "Root") for name in ("published", "signed")}
        for one in known.get(closed, {}).values():
            short = [each for each in faults if each[0] == "short" and each[1::2] == (closed, one["name"])]
            if short and one["size"] <= max(ends):
                faults.remove(short[0])
                if ends.get(one["size"], base64_of(one["root"])) != base64_of(one["root"]):
                    fault("fork", closed, one["size"], one["name"])
        print(f"BREAK {log} {closed}: closed by {facts['persons']} ({facts['reason']}) at {facts['size']} of {max(ends)} entries")
    for kind, log, sequence, name in sorted(faults, key=lambda one: (one[1], one[0] in ("root", "short", "unsigned", "tile"), one[2] or 0)):
        print(f"FAULT {kind} {log} {'-' if sequence is None else sequence} {name}")
    sys.exit(2 if faults else 3 if breaks else 0)

main()
