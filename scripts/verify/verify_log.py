#!/usr/bin/env python3
"""Verifies an exported audit log of a Lantai archive, independently of the program that wrote it.

    python3 verify_log.py FOLDER --key KEY-LINE-OR-FILE [--checkpoint FILE]...

FOLDER is what `lantai audit export` wrote, or a copy of the object store's `log/<archive>`. Needs Python 3.9 and the package
`cryptography` (for Ed25519); everything else is the standard library. Formats: C2SP signed notes, tlog-checkpoint, tlog-tiles;
trees and hashes: RFC 6962; entries: canonical JSON (RFC 8785). Time stamps are verified with `openssl ts -verify`.
Exit code: 0 whole, 2 something does not fit (a line each: kind, year, entry, file), 1 it could not be found out.
"""
import argparse, base64, copy, hashlib, json, pathlib, re, sys
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WIDTH, HASH = 256, 32
faults = []  # (kind, year, entry or None, file)
fault = lambda *what: faults.append(what)
sha = lambda data: hashlib.sha256(data).digest()
node = lambda left, right: sha(b"\1" + left + right)

def read(*path):
    file = pathlib.Path(*path)
    return file.read_bytes() if file.is_file() else None
def names(*path):
    folder = pathlib.Path(*path)
    return sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []

class Tree:
    """The right edge of an RFC 6962 tree: roots of complete subtrees, and the open tile of each level. `append` gives the filled tiles."""
    def __init__(self):
        self.size, self.roots, self.open = 0, [], [[] for _ in range(8)]
    def append(self, leaf):
        self.size, filled, hash_ = self.size + 1, [], leaf
        for level in range(8):
            self.open[level].append(hash_)
            if len(self.open[level]) < WIDTH:
                break
            filled.append((level, (self.size >> 8 * (level + 1)) - 1, b"".join(self.open[level])))
            row = self.open[level]
            while len(row) > 1:
                row = [node(row[i], row[i + 1]) for i in range(0, len(row), 2)]
            hash_, self.open[level] = row[0], []
        self.roots.append(leaf)
        for _ in range((self.size & -self.size).bit_length() - 1):
            right, left = self.roots.pop(), self.roots.pop()
            self.roots.append(node(left, right))
        return filled
    def root(self):
        hash_ = self.roots[-1] if self.roots else sha(b"")
        for left in reversed(self.roots[:-1]):
            hash_ = node(left, hash_)
        return hash_

def read_keys(text):
    """Verifier keys `name+id+base64(1 ‖ key)`, by the archive that their name begins with."""
    keys = {}
    for line in filter(str.strip, text.splitlines()):
        name, key_id, encoded = line.strip().split("+", 2)
        raw = base64.b64decode(encoded)
        if raw[0] != 1 or sha(name.encode() + b"\n" + raw)[:4].hex() != key_id:
            raise SystemExit("not a verifier key: " + line)
        keys[name[:-4]] = raw[1:]
    return keys

def open_checkpoint(note, keys):
    """(origin, size, root) of a signed checkpoint; None where no signature of a known key stands under it."""
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    lines = text.split("\n")
    raw = keys.get(lines[0][:-4])
    if raw is None or len(lines) < 4 or not re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]):
        return None
    for line in signatures.split("\n"):
        parts = line.split(" ")
        signature = base64.b64decode(parts[2]) if len(parts) == 3 and parts[:2] == ["\u2014", lines[0]] else b""
        if signature[:4] == sha(lines[0].encode() + b"\n\x01" + raw)[:4]:
            try:
                Ed25519PublicKey.from_public_bytes(raw).verify(signature[4:], text.encode())
                return lines[0], int(lines[1]), base64.b64decode(lines[2])
            except InvalidSignature:
                pass
    return None
def part_path(level, index, width):
    digits = "%03d" % (index % 1000)
    index //= 1000
    while index:
        digits, index = "x%03d/" % (index % 1000) + digits, index // 1000
    return f"tile/{level}/{digits}" + ("" if width == WIDTH else f".p/{width}")
def read_part(folder, log, level, index, width):
    data = read(folder, log, part_path(level, index, width))
    return read(folder, log, part_path(level, index, WIDTH)) if data is None else data

def walk(folder, log, checkpoints):
    """Recomputes one year; the checkpoints that fit, and its first entry."""
    size = max([one["size"] for one in checkpoints.values() if one["inside"]], default=0)
    tree, published, last_time, held, good, opening = Tree(), None, "", 0, [], None
    for one in checkpoints.values():
        if one["size"] > size:
            fault("short", log, size, one["name"])
    for index in range((size + WIDTH - 1) // WIDTH):
        first, width = index * WIDTH, min(WIDTH, size - index * WIDTH)
        bundle = read_part(folder, log, "entries", index, width)
        tile = read_part(folder, log, 0, index, width)
        for level in ["entries"] * (bundle is None) + [0] * (tile is None):
            fault("missing", log, first, part_path(level, index, width))
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
                time = re.search(rb',"t":"([^"]{24})","v":1(,"version":"[^"]*")?}\Z', entries[i])
                time = time.group(1).decode() if time else ""
                if time < last_time or time[:4] != log:
                    fault("time" if time else "entry", log, first + i, "entries")
                last_time = max(time, last_time) if time[:4] == log else last_time
                if first + i == 0 and time:
                    opening = json.loads(entries[0])
                if stated is not None and stated != leaf:
                    published = published or copy.deepcopy(tree)
                    if not told:
                        fault("entry", log, first + i, "entries")
                    told = True
            elif stated is None:
                return good, opening
            else:
                leaf = stated
            for level, number, data in tree.append(leaf):
                if level > 0 and published is None and read_part(folder, log, level, number, WIDTH) != data:
                    fault("tile", log, number * WIDTH << 8 * level, part_path(level, number, WIDTH))
            if published is not None:
                published.append(stated or leaf)
            one = checkpoints.get(tree.size)
            if one:
                if one["root"] in (tree.root(), published.root() if published else None):
                    held, good = one["size"], good + [one]
                else:
                    fault("root", log, held, one["name"])
    for level in range(1, 8) if published is None else []:
        mine, index = b"".join(tree.open[level]), size >> 8 * (level + 1)
        if mine and (read_part(folder, log, level, index, len(mine) // HASH) or b"")[:len(mine)] != mine:
            fault("tile", log, index * WIDTH << 8 * level, part_path(level, index, len(mine) // HASH))
    return good, opening

def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder")
    arguments.add_argument("--key", help="verifier keys, or a file of them; default: those in the folder, which prove nothing about who made it")
    arguments.add_argument("--checkpoint", action="append", default=[], help="a checkpoint that was kept elsewhere")
    asked = arguments.parse_args()
    text = (read(asked.key) or asked.key.encode()) if asked.key else read(asked.folder, "verifier-keys")
    keys = read_keys((text or b"").decode())
    logs = [name for name in names(asked.folder) if re.fullmatch(r"\d{4}", name)]
    if not keys or not logs:
        sys.exit("no log, or no key")
    known = {}
    files = [(log, f"checkpoints/{name}") for log in logs for name in names(asked.folder, log, "checkpoints") if re.fullmatch(r"\d{20}", name)]
    files += [(log, "checkpoint") for log in logs if read(asked.folder, log, "checkpoint")] + [(None, file) for file in asked.checkpoint]
    for log, name in files:
        note = read(asked.folder, log, name) if log else open(name, "rb").read()
        opened = open_checkpoint(note.decode(), keys)
        if not opened or (log and opened[0][-4:] != log):
            origin = note.decode().split("\n")[0]
            fault("origin" if opened or origin[:-4] not in keys else "signature", log or origin[-4:], opened[1] if opened else None, name)
            continue
        same = known.setdefault(opened[0][-4:], {})
        one = same.setdefault(opened[1], dict(size=opened[1], root=opened[2], digest=sha(note).hex(), name=name, inside=False, outside=False))
        if one["root"] == opened[2]:
            one["inside" if log else "outside"] = True
        else:
            fault("fork", opened[0][-4:], opened[1], name)
    before = None
    for log in logs:
        good, opening = walk(asked.folder, log, known.get(log, {}))
        facts = (opening or {}).get("facts", {})
        bound = opening and opening["act"] == "log.open" and opening["subject"]["id"] == log
        if bound and before:
            ends = {"previous": before[0], "size": str(before[1]["size"]), "root": base64.b64encode(before[1]["root"]).decode(), "checkpoint": before[1]["digest"]}
            bound = all(facts.get(name) == value for name, value in ends.items())
        if not any(one["inside"] for one in known.get(log, {}).values()):
            fault("unsigned", log, None, log)
        elif not bound:
            fault("opening", log, 0, log)
        anchored = max([one["size"] for one in good if one["outside"]], default=0)
        print(f"{log}: {good[-1]['size'] if good else 0} entries under {len(good)} checkpoints; the first {anchored} anchored by a checkpoint kept elsewhere")
        before = (log, good[-1]) if good else None
    for log in set(known) - set(logs):
        fault("short", log, 0, "the year is missing")
    for kind, log, sequence, name in sorted(faults, key=lambda one: (one[1], one[0] in ("root", "short", "unsigned", "tile"), one[2] or 0)):
        print(f"FAULT {kind} {log} {'-' if sequence is None else sequence} {name}")
    sys.exit(2 if faults else 0)

if __name__ == "__main__":
    main()
