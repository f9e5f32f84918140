#!/usr/bin/env python3
"""Verifies an evidence pack of a Lantai archive, independently of the program that made it.

    python3 verify_evidence.py PACK [--key KEY-LINE-OR-FILE] [--checkpoint FILE]... [--timestamps TSA.pem]

PACK is the ZIP, or the folder it was unpacked into. Needs Python 3.9 and the package `cryptography` (for Ed25519); everything else
is the standard library. Formats: C2SP signed note, tlog-checkpoint, tlog-proof, tlog-witness; trees: RFC 6962; entries: canonical JSON
(RFC 8785). Time stamps are verified by `openssl ts -verify`, which must be installed for --timestamps; the signature of evidence.pdf
is verified by `pdfsig evidence.pdf` (here only that it is signed over the whole file and holds the manifest).
Exit code: 0 whole, 2 something does not fit (a line each: kind, file), 1 it could not be found out.
"""
import argparse, base64, hashlib, hmac, json, os, pathlib, re, subprocess, sys, tempfile, zipfile, zlib
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

faults = []  # (kind, file)
fault = lambda kind, file: faults.append((kind, file))
sha = lambda data: hashlib.sha256(data).digest()
node = lambda left, right: sha(b"\1" + left + right)
ABOVE = {"SHA256SUMS", "manifest.json", "evidence.pdf"}

class Pack:
    """The files of a pack by name; None for what is not there or cannot be read whole."""
    def __init__(self, path):
        self.folder = pathlib.Path(path) if os.path.isdir(path) else None
        self.zip = None if self.folder else zipfile.ZipFile(path)
        files = self.folder.rglob("*") if self.folder else ()
        self.names = {str(one.relative_to(self.folder)) for one in files if one.is_file()} or {name for name in self.zip.namelist() if name[-1] != "/"}
    def read(self, name):
        try:
            return None if name not in self.names else (self.folder / name).read_bytes() if self.folder else self.zip.read(name)
        except (zipfile.BadZipFile, zlib.error, EOFError):
            return None
def read_keys(text):
    """Verifier keys `name+id+base64(1 | key)`, by the archive that their name begins with: its key is the same for all years."""
    keys = {}
    for line in filter(str.strip, text.splitlines()):
        name, key_id, encoded = line.strip().split("+", 2)
        raw = base64.b64decode(encoded)
        if len(raw) != 33 or raw[0] != 1 or sha(name.encode() + b"\n" + raw)[:4].hex() != key_id:
            raise ValueError("not a verifier key")
        keys[name.rpartition("/")[0]] = raw[1:]
    return keys
def signed(note, keys):
    """The lines of a signed note; None where no signature of a known key stands under it."""
    text, _, signatures = note.rpartition("\n\n")
    lines, raw = (text + "\n").split("\n"), keys.get(text.split("\n")[0].rpartition("/")[0])
    for parts in (line.split(" ") for line in signatures.split("\n") if raw):
        signature = base64.b64decode(parts[2]) if len(parts) == 3 and parts[:2] == ["\u2014", lines[0]] else b""
        if signature[:4] == sha(lines[0].encode() + b"\n\x01" + raw)[:4]:
            try:
                Ed25519PublicKey.from_public_bytes(raw).verify(signature[4:], (text + "\n").encode())
                return lines
            except InvalidSignature:
                pass
    return None
def open_checkpoint(note, keys):
    """(origin, size, root) of a signed checkpoint; None for anything else."""
    lines = signed(note, keys)
    return (lines[0], int(lines[1]), base64.b64decode(lines[2])) if lines and len(lines) > 3 and re.fullmatch(r"[1-9][0-9]{0,18}", lines[1]) else None
def check_gone(pack, one, manifest, keys, heads):
    """Entries that are gone by rule: the signed note, the last head and the hashes of all leaves that stay fit each other, and the time that was chosen."""
    where, size, file = f"gone/{one['log']}/", int(one["size"]), f"checkpoints/{one['log']}/{int(one['size']):020d}"
    lines, note = signed((pack.read(where + "note") or b"").decode(), keys) or [""] * 9, (pack.read(file) or b"").decode()
    head, said = open_checkpoint(note, keys), [f"lantai/{manifest['archive']['id']}/audit/{one['log']}", "entries destroyed", one["at"], one["rule"], one["procedure"]]
    in_time = one["first"] < manifest["choice"]["to"] and one["last"] >= manifest["choice"]["from"] and one["log"] not in [log["log"] for log in manifest["logs"]]
    if [lines[at] for at in (0, 1, 4, 5, 6)] != said or one["origin"] != said[0] or not lines[2].startswith(f"{size} ") or not in_time:
        return fault("gone", where + "note")
    root, opening = base64.b64decode(lines[2].split(" ")[1]), base64.b64decode(lines[3])
    if not head or head != (one["origin"], size, root):
        fault("origin" if head else "signature", file)
    heads[one["log"], size], hashes, tree = (root, note), pack.read(where + "hashes") or b"", []
    for at in range(0, len(hashes) if one["hashes"] else 0, 32):  # complete subtrees, the largest first: (leaves, root)
        tree.append((1, hashes[at:at + 32]))
        while len(tree) > 1 and tree[-1][0] == tree[-2][0]:
            tree[-2:] = [(tree[-1][0] * 2, node(tree[-2][1], tree[-1][1]))]
    while len(tree) > 1:
        tree[-2:] = [(0, node(tree[-2][1], tree[-1][1]))]
    if one["hashes"] and (len(hashes) != 32 * size or hashes[:32] != sha(b"\0" + opening) or tree[0][1] != root):
        fault("gone", where + "hashes")
    print(f"{one['log']}: entries 0 to {size - 1} are gone by rule since {one['at']}, procedure {one['procedure']}")
def climb(place, last, old, new, path):
    """RFC 9162, 2.1.3.2 and 2.1.4.2: the roots that hashes lead to, of the earlier tree and of the later one."""
    for beside in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            old, new = node(beside, old), node(beside, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node(new, beside)
        place, last = place >> 1, last >> 1
    return (old, new) if last == 0 else None
def included(leaf, index, size, path, root):
    return index < size and (climb(index, size - 1, leaf, leaf, path) or (0, 0))[1] == root
def consistent(old_size, size, old_root, root, path):
    path = [old_root] + path if old_size & (old_size - 1) == 0 else list(path)
    shift = (~(old_size - 1) & old_size).bit_length() - 1  # ones at the end of old_size - 1
    return bool(path) and climb(old_size - 1 >> shift, size - 1 >> shift, path[0], path[0], path[1:]) == (old_root, root)
def stamped(note, token, roots):
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "note").write_bytes(note)
        pathlib.Path(folder, "token").write_bytes(token or b"")
        command = ["openssl", "ts", "-verify", "-data", folder + "/note", "-in", folder + "/token", "-CAfile", roots]
        return subprocess.run(command, capture_output=True).returncode == 0
def signed_with(pdf, manifest):
    """Whether a PDF is signed, all but the signature's own digits, with the manifest inside; whose it is says `pdfsig`."""
    spans = re.search(rb"/ByteRange \[0 (\d+) (\d+) (\d+) *\]", pdf or b"")
    if not spans or int(spans[2]) + int(spans[3]) != len(pdf) or not re.fullmatch(rb"<[0-9a-fA-F]+>", pdf[int(spans[1]):int(spans[2])]):
        return False
    at = pdf.find(b"/Type /EmbeddedFile")
    start = pdf.find(b"stream\n", at) + 7
    length = re.search(rb"/Length (\d+)", pdf[at:start])
    data = pdf[start:start + int(length[1])] if at >= 0 and length else b""
    try:
        return (zlib.decompress(data) if b"/FlateDecode" in pdf[at:start] else data) == manifest
    except zlib.error:
        return False

def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("pack")
    arguments.add_argument("--key", help="verifier keys, or a file of them; default: those in the pack, which prove nothing about who made it")
    arguments.add_argument("--checkpoint", action="append", default=[], help="a checkpoint that was kept elsewhere")
    arguments.add_argument("--timestamps", help="root certificates of a time-stamping authority, PEM")
    asked = arguments.parse_args()
    pack = Pack(asked.pack)
    raw, sums = pack.read("manifest.json"), pack.read("SHA256SUMS") or b""
    manifest = json.loads(raw or b"null")
    if not isinstance(manifest, dict) or manifest.get("form") != "lantai-evidence@1":
        print("FAULT manifest manifest.json")
        sys.exit(2)
    if manifest["sums"] != "sha256:" + sha(sums).hex():
        fault("manifest", "SHA256SUMS")
    named = set()
    for digest, name in (line.split("  ", 1) for line in sums.decode().splitlines()):
        named.add(name)
        data = pack.read(name)
        if data is None or sha(data).hex() != digest:
            fault("sums" if data is not None else "unreadable" if name in pack.names else "missing", name)
    for name in sorted(pack.names - named - ABOVE):
        fault("extra", name)
    given = (pathlib.Path(asked.key).read_text() if os.path.isfile(asked.key) else asked.key) if asked.key else (pack.read("keys/verifier-keys") or b"").decode()
    keys, heads = read_keys(given), {}  # heads: (year, size): (root, note)
    for log in manifest["logs"]:
        before = None
        for size in (int(head["size"]) for head in log["heads"]):
            file = f"checkpoints/{log['log']}/{size:020d}"
            note = (pack.read(file) or b"").decode()
            opened = open_checkpoint(note, keys)
            if not opened or opened[:2] != (log["origin"], size) or log["origin"] != f"lantai/{manifest['archive']['id']}/audit/{log['log']}":
                fault("origin" if opened else "signature", file)
                continue
            if before:
                name = f"consistency/{log['log']}/{before[0]:020d}-{size:020d}"
                lines, _, end = (pack.read(name) or b"").decode().partition("\n\n")
                old, *path = lines.split("\n")
                if old != f"old {before[0]}" or end != note or not consistent(before[0], size, before[1], opened[2], [base64.b64decode(one) for one in path]):
                    fault("consistency", name)
            heads[log["log"], size], before = (opened[2], note), (size, opened[2])
        for head in log["heads"] if asked.timestamps else []:
            note = heads.get((log["log"], int(head["size"])), (None, ""))[1].encode()
            if head["stamp"] and not stamped(note, pack.read(head["stamp"]["file"]), asked.timestamps):
                fault("timestamp", head["stamp"]["file"])
    choice, rules, counts = manifest["choice"], {one["digest"] for one in manifest["rules"]}, {}
    for file in sorted(name for name in pack.names if re.fullmatch(r"entries/\d{4}[b-z]?/\d{12}\.json", name)):
        year, digits = file.split("/")[1], file[-17:-5]
        data, proof = pack.read(file) or b"", (pack.read(f"proofs/{year}/{digits}.tlog-proof") or b"").decode()
        counts[year] = counts.get(year, 0) + 1
        form, _, note = proof.partition("\n\n")
        first, index, *path = form.split("\n") + [""] * (form.count("\n") == 0)
        opened = open_checkpoint(note, keys)
        root = heads.get((year, opened[1]), (None, None)) if opened and opened[0].rpartition("/")[2] == year else (None, None)
        if first != "c2sp.org/tlog-proof@v1" or index != f"index {int(digits)}" or root[1] != note or not included(sha(b"\0" + data), int(digits), opened[1], [base64.b64decode(one) for one in path], root[0]):
            fault("proof", f"proofs/{year}/{digits}.tlog-proof")
        try:
            entry = json.loads(data)
            record = entry["subject"]["id"] if entry["subject"]["kind"] == "record" else entry.get("facts", {}).get("record")
            lists = choice["actors"] or choice["subjects"] or choice["records"]
            chosen = not lists or entry["actor"] in choice["actors"] or entry["subject"]["id"] in choice["subjects"] or record in choice["records"]
            if not (choice["from"] <= entry["t"] < choice["to"] and entry["t"][:4] == year[:4] and chosen):
                fault("entry", file)
        except (ValueError, KeyError, TypeError):
            fault("entry", file)
            continue
        rule = entry.get("policy", "").rpartition("@")[2]
        if manifest["kind"] != "receipt" and rule.startswith("sha256:") and rule not in rules:
            fault("rule", file)
        side = pack.read(f"sides/{year}/{digits}.json")
        if side is not None:
            blind, _, values = side[:-1].partition(b'","values":')
            key = base64.urlsafe_b64decode(blind[len(b'{"blind":"'):] + b"==")
            if base64.urlsafe_b64encode(hmac.digest(key, values, "sha256")).rstrip(b"=").decode() != entry.get("side"):
                fault("side", f"sides/{year}/{digits}.json")
    for one in manifest.get("gone", []):
        check_gone(pack, one, manifest, keys, heads)
    if counts != {log["log"]: log["entries"] for log in manifest["logs"]} or sum(counts.values()) != manifest["entries"]:
        fault("count", "manifest.json")
    for one in manifest["rules"]:
        if "sha256:" + sha(pack.read(one["file"]) or b"").hex() != one["digest"]:
            fault("rule", one["file"])
    if manifest["kind"] != "receipt" and not signed_with(pack.read("evidence.pdf"), raw):
        fault("document", "evidence.pdf")
    for file in asked.checkpoint:
        note = pathlib.Path(file).read_text()
        opened = open_checkpoint(note, keys)
        same = opened and heads.get((opened[0].rpartition("/")[2], opened[1]))
        if not opened or same and same[0] != opened[2]:
            fault("fork" if opened else "signature", file)
        print(f"{file}: {'compared' if same else 'the pack has no checkpoint of this size; it says nothing of it'}")
    for log in manifest["logs"]:
        print(f"{log['log']}: {counts.get(log['log'], 0)} entries under {len(log['heads'])} checkpoints up to {log['heads'][-1]['size']}")
    for kind, file in faults:
        print(f"FAULT {kind} {file}")
    print(f"{manifest['number']}: " + (f"{len(faults)} faults" if faults else "whole; now: pdfsig evidence.pdf"))
    sys.exit(2 if faults else 0)

if __name__ == "__main__":
    try:
        main()
    except (OSError, zipfile.BadZipFile, UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
        sys.exit(f"it could not be found out: {error!r}")
