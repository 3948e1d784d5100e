# Writes idna.txt, the UTS 46 mapping and the NFC tables, from the Unicode data that ships with Python.
#
# The runtime is built with InvariantGlobalization, where IdnMapping maps no case and Normalize does nothing.
# The derivation is UTS 46 section 7: NFKC_Casefold, less the deviations, full stops and controls below.
# Run: python3 make-idna-table.py > idna.txt
import unicodedata as u

DEVIATIONS = {0xDF, 0x3C2, 0x200C, 0x200D}
FULL_STOPS = {0x3002, 0xFF0E, 0xFF61}
IGNORED = [(0xAD, 0xAD), (0x34F, 0x34F), (0x180B, 0x180D), (0x180F, 0x180F), (0x200B, 0x200B), (0x2060, 0x2060),
           (0x2064, 0x2064), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0x1BCA0, 0x1BCA3), (0xE0100, 0xE01EF)]
DEFAULT_IGNORABLE = IGNORED + [(0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180E, 0x180E), (0x200C, 0x200F),
                               (0x202A, 0x202E), (0x2061, 0x206F), (0x3164, 0x3164), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8),
                               (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)]


def within(cp, ranges):
    return any(a <= cp <= b for a, b in ranges)


def casefold(s):
    def fold(x):
        return u.normalize("NFKC", u.normalize("NFD", x).casefold())
    folded = u.normalize("NFC", fold(fold(s)))
    return "".join(c for c in folded if not within(ord(c), DEFAULT_IGNORABLE))


def runs(items, key):
    """Consecutive items whose key agrees, as (first, last, key)."""
    out = []
    for cp in sorted(items):
        k = key(cp)
        if out and out[-1][1] == cp - 1 and out[-1][2] == k:
            out[-1][1] = cp
        else:
            out.append([cp, cp, k])
    return out


mapped, disallowed = {}, set()
for cp in range(0x80, 0x110000):
    if 0xD800 <= cp < 0xE000 or cp in DEVIATIONS or within(cp, IGNORED):
        continue
    category = u.category(chr(cp))
    if category in ("Cn", "Co", "Cc"):
        continue  # The runtime knows these by category.
    to = "ß" if cp == 0x1E9E else "." if cp in FULL_STOPS else casefold(chr(cp))
    if cp not in FULL_STOPS and ("." in to or to == ""):
        disallowed.add(cp)
    elif to != chr(cp):
        mapped[cp] = to
    elif category in ("Zs", "Zl", "Zp", "Cf") or 0x2FF0 <= cp <= 0x2FFB:
        disallowed.add(cp)

print("# Made by make-idna-table.py from Unicode " + u.unidata_version + ". Code points in hex.")
print("# M first last distance: mapped by adding it.  S cp to…: mapped to a sequence.  I first last: ignored.")
print("# X first last: disallowed.  D cp a b: canonical decomposition (E: never composed).  C first last class: combining class.")
single = {cp: ord(to) - cp for cp, to in mapped.items() if len(to) == 1}
for first, last, distance in runs(single, single.get):
    print(f"M {first:X} {last:X} {distance}")
for cp, to in sorted(mapped.items()):
    if len(to) > 1:
        print(f"S {cp:X} " + " ".join(f"{ord(c):X}" for c in to))
for first, last in IGNORED:
    print(f"I {first:X} {last:X}")
for first, last, _ in runs(disallowed, lambda cp: 0):
    print(f"X {first:X} {last:X}")
for cp in range(0xC0, 0x110000):
    decomposition = u.decomposition(chr(cp))
    if decomposition and not decomposition.startswith("<"):
        composes = u.normalize("NFC", chr(cp)) == chr(cp)
        print(("D" if composes else "E") + f" {cp:X} {decomposition}")
classes = {cp: u.combining(chr(cp)) for cp in range(0x300, 0x110000) if u.combining(chr(cp))}
for first, last, value in runs(classes, classes.get):
    print(f"C {first:X} {last:X} {value}")
