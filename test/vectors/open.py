"""Opens a sealed object from standard input with nothing of Lantai's: open.py KEY_HEX CONTEXT_HEX"""
import sys
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

key, context, sealed = bytes.fromhex(sys.argv[1]), bytes.fromhex(sys.argv[2]), sys.stdin.buffer.read()
salt, commitment, chunks = sealed[:24], sealed[24:56], sealed[56:]
info = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0" + salt + context
made = HKDFExpand(hashes.SHA512(), 76, info).derive(key)
if made[44:] != commitment:
    sys.exit("another key or another context")
index, size = 0, 16384 + 16
while True:
    chunk = chunks[index * size:(index + 1) * size]
    nonce = int.from_bytes(made[32:44], "big") ^ index
    sys.stdout.buffer.write(AESGCM(made[:32]).decrypt(nonce.to_bytes(12, "big"), chunk, None))
    if len(chunk) < size:
        break
    index += 1
