#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Checks the public log of a petition, and a receipt or promise against it.

Written after the manual page undersigned-tally(5), by the project that makes
Undersigned; it shares no code with the rest of it, and uses nothing but the
standard library of Python 3.  Meant to be read: it is short, has no options that
change what is checked, and believes nothing that it can compute.  README.md
beside it says what to do with it.

    verify.py RECEIPT --tally DIR [--key VKEY] [--witnesses N [--witness VKEY ...]] [--seen FILE]
    verify.py --tally-only --tally DIR [...]

RECEIPT is a mail or a text with the block in it, or - for standard input.
Exit status: 0 all is right, 1 something is wrong, 2 called wrongly.
"""

import argparse
import base64
import datetime
import email
import email.policy
import hashlib
import html
import os
import re
import stat
import sys


class Wrong(Exception):
    """Something is not as it must be; the text says what, in one sentence."""


def require(condition, sentence):
    if not condition:
        raise Wrong(sentence)


def sha256(octets):
    return hashlib.sha256(octets).digest()


def shown(octets):
    """Foreign octets as text that does nothing to a terminal."""
    text = octets.decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else "\\x%02x" % ord(c) for c in text)


# ---- Ed25519, RFC 8032 section 5.1; nothing here is secret, so nothing is constant-time

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)
IDENTITY = (0, 1, 1, 0)             # extended coordinates X, Y, Z, T = XY/Z


def point_add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_mul(n, p):
    q = IDENTITY
    while n > 0:
        if n & 1:
            q = point_add(q, p)
        p = point_add(p, p)
        n >>= 1
    return q


def point_decode(octets):
    """The point, or None if these 32 octets are no point in its only encoding."""
    y = int.from_bytes(octets, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if x * x % P != x2:
        x = x * ROOT_OF_MINUS_1 % P
    if x * x % P != x2 or (x == 0 and sign == 1):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def point_encode(p):
    z = pow(p[2], -1, P)
    x, y = p[0] * z % P, p[1] * z % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def has_small_order(p):
    q = point_mul(8, p)
    return q[0] == 0 and q[1] == q[2]


BASE = point_decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def ed25519_verify(public, message, signature):
    a, r = point_decode(public), point_decode(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or a is None or r is None or s >= ORDER:
        return False
    if has_small_order(a) or has_small_order(r):
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    minus_a = (P - a[0], a[1], 1, P - a[3])
    return point_encode(point_add(point_mul(s, BASE), point_mul(k, minus_a))) == signature[:32]


# ---- the hash tree, RFC 6962 section 2.1

def leaf_hash(entry):
    return sha256(b"\0" + entry)


def node_hash(left, right):
    return sha256(b"\1" + left + right)


def tree_root(hashes):
    """The root over leaves; or over roots of full subtrees of one size.

    Hashing neighbours together level by level, and lifting an odd last one as it
    is, splits at the greatest power of two below n as the RFC does."""
    if not hashes:
        return sha256(b"")
    while len(hashes) > 1:
        odd = hashes[-1:] if len(hashes) % 2 else []
        hashes = [node_hash(hashes[i], hashes[i + 1]) for i in range(0, len(hashes) - 1, 2)] + odd
    return hashes[0]


def root_by_proof(leaf, index, size, proof):
    """Section 2.1.1 read backwards; None when the proof has not the right length."""
    if size == 1:
        return leaf if not proof else None
    if not proof:
        return None
    split = 1 << ((size - 1).bit_length() - 1)
    if index < split:
        left, right = root_by_proof(leaf, index, split, proof[:-1]), proof[-1]
    else:
        left, right = proof[-1], root_by_proof(leaf, index - split, size - split, proof[:-1])
    return None if left is None or right is None else node_hash(left, right)


# ---- notation: each takes octets, and gives the value or raises Wrong

def decimal(octets, what):
    require(re.fullmatch(rb"0|[1-9][0-9]{0,17}", octets), "%s is not a number." % what)
    return int(octets)


def strict_base64(octets, what, url):
    """Decoded; the one way to write it is demanded by writing it again."""
    try:
        if url:
            value = base64.urlsafe_b64decode(octets + b"=" * (-len(octets) % 4))
            again = base64.urlsafe_b64encode(value).rstrip(b"=")
        else:
            value = base64.b64decode(octets)
            again = base64.b64encode(value)
    except ValueError:
        again = None
    require(again == octets, "%s is not well-formed base64%s." % (what, "url" if url else ""))
    return value


def base64url(octets, length, what):
    value = strict_base64(octets, what, True)
    require(len(value) == length, "%s does not have %d octets." % (what, length))
    return value


def day_number(octets, what):
    """Days since 1970-01-01, of 1970-01-02 to 9999-12-31."""
    try:
        require(re.fullmatch(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}", octets), "")
        days = (datetime.date.fromisoformat(octets.decode()) - datetime.date(1970, 1, 1)).days
        require(days >= 1, "")
    except (ValueError, Wrong):
        raise Wrong("%s is not a day." % what) from None
    return days


def utf8(octets, what):
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        raise Wrong("%s is not UTF-8." % what) from None


def key_name(octets, what):
    text = utf8(octets, what)
    # Python's "printable" is all but the Unicode categories C and Z, and the blank
    require(1 <= len(octets) <= 200 and text.isprintable() and not any(c in " +\ufffd" for c in text),
            "%s is not a name that a key can have." % what)
    return octets


LOG, WITNESS = b"\1", b"\4"         # types of keys


class Key:
    def __init__(self, name, kind, public):
        self.name, self.kind, self.public = name, kind, public
        self.id = sha256(name + b"\n" + kind + public)[:4]

    def __eq__(self, other):
        return (self.name, self.kind, self.public) == (other.name, other.kind, other.public)

    def vkey(self):
        return b"+".join((self.name, self.id.hex().encode(), base64.b64encode(self.kind + self.public)))


def read_vkey(line, kind, what):
    parts = line.split(b"+", 2)     # base64 may have a + itself
    require(len(parts) == 3, "%s is not a public key." % what)
    key_name(parts[0], "The name in " + what)
    octets = strict_base64(parts[2], what, False)
    require(len(octets) == 33 and octets[:1] == kind, "%s is not a key of the right type." % what)
    key = Key(parts[0], kind, octets[1:])
    require(parts[1] == key.id.hex().encode(), "The ID in %s is not that of its key." % what)
    return key


def lines(octets, what):
    """The lines of a file of lines, each of which ends in LF."""
    require(octets == b"" or octets.endswith(b"\n"), "%s does not end in the end of a line." % what)
    return octets.split(b"\n")[:-1]


# ---- checkpoints

class Checkpoint:
    """The four signed lines."""

    def __init__(self, origin, size, root, counted):
        self.origin, self.size, self.root, self.counted = origin, size, root, counted
        self.body = b"%s\n%d\n%s\ncounted %d\n" % (origin, size, base64.b64encode(root), counted)


def read_body(body, what):
    part = lines(body, what)
    require(len(part) == 4 and part[3].startswith(b"counted "), "%s does not have the four lines." % what)
    key_name(part[0], "The origin in " + what)
    root = strict_base64(part[2], "The root in " + what, False)
    require(len(root) == 32, "The root in %s does not have 32 octets." % what)
    size = decimal(part[1], "The size in " + what)
    counted = decimal(part[3][8:], "The count in " + what)
    require(counted <= size, "%s counts more than it has entries." % what)
    return Checkpoint(part[0], size, root, counted)


def read_note(note, log, witnesses, what):
    """(checkpoint, {name of a witness: newest time}), every signature checked."""
    require(len(note) <= 65536, "%s is too long." % what)
    require(all(c >= " " or c == "\n" for c in utf8(note, what)), "%s has control characters." % what)
    body, empty, signatures = note.rpartition(b"\n\n")
    require(empty, "%s has no signatures." % what)
    body += b"\n"
    point = read_body(body, what)
    require(point.origin == log.name, "%s is of another log." % what)
    signed, cosigned = False, {}
    signatures = lines(signatures, what)
    require(1 <= len(signatures) <= 64, "%s does not have 1 to 64 signatures." % what)
    for line in signatures:
        part = line.split(b" ")
        require(len(part) == 3 and part[0] == "\u2014".encode(), "%s has a bad signature line." % what)
        octets = strict_base64(part[2], "A signature in " + what, False)
        by = [k for k in [log] + witnesses if k.name == part[1] and k.id == octets[:4]]
        require(by, "%s is signed by %s, who is neither the log nor a witness." % (what, shown(part[1])))
        if by[0] is log:
            require(ed25519_verify(log.public, body, octets[4:]), "The log's signature in %s is false." % what)
            signed = True
            continue
        time = int.from_bytes(octets[4:12], "big")
        require(len(octets) == 76 and time < 2**63, "A cosignature in %s is not well-formed." % what)
        require(ed25519_verify(by[0].public, b"cosignature/v1\ntime %d\n" % time + body, octets[12:]),
                "The cosignature of %s in %s is false." % (shown(part[1]), what))
        cosigned[part[1]] = max(time, cosigned.get(part[1], 0))
    require(signed, "%s is not signed by the log." % what)
    return point, cosigned


# ---- entries

# What staff take back in a batch, which may be undone.
STAFF = {
    "fraud": "it is false",
    "duplicate": "the same person had signed already",
    "unreachable": "its address never worked",
}


class Entries:
    """What the entries say, one after the other."""

    def __init__(self):
        self.leaves = []            # hash of each
        self.change = bytearray()   # of the count by each: 1 is none, 2 is one more, 0 is one less
        self.index = {}             # of a commitment: its last entry
        self.taken = {}             # index: (entry that took it back, reason)
        self.batches = []           # (day, words)
        self.by_reason = {}
        self.in_batch = {}

    def size(self):
        return len(self.leaves)

    def counted(self, size):
        return sum(self.change[:size]) - size

    def signs(self):
        return self.change.count(2)

    def add(self, entry):
        here = "Entry %d" % self.size()
        require(len(entry) <= 256, "%s is too long." % here)
        word, blank, rest = entry.partition(b" ")
        if word == b"sign":
            commitment = base64url(rest, 32, "The commitment of e" + here[1:])
            before = self.index.get(commitment)
            require(before is None or self.taken.get(before, (0, ""))[1].partition(" ")[0] in STAFF,
                    "%s repeats the commitment of entry %s, which was not taken back with a batch before it." % (here, before))
            self.index[commitment] = self.size()
            self.change.append(2)
        elif word == b"back":
            self.take_back(here, *rest.partition(b" ")[::2])
            self.change.append(0)
        elif word == b"batch":
            self.add_batch(here, *(rest.split(b" ", 2) + [b"", b""])[:3])
            self.change.append(1)
        else:
            raise Wrong("%s is none of sign, back and batch." % here)
        self.leaves.append(leaf_hash(entry))

    def take_back(self, here, index, reason):
        index = decimal(index, "What is taken back by e" + here[1:])
        require(index < self.size() and self.change[index] == 2, "%s takes back what is no earlier signature." % here)
        require(index not in self.taken, "%s takes back entry %d a second time." % (here, index))
        word, blank, batch = reason.partition(b" ")
        if blank and word.decode("latin-1") in STAFF:
            batch = decimal(batch, "The batch in e" + here[1:])
            require(1 <= batch <= len(self.batches), "%s names a batch that does not stand before it." % here)
            self.in_batch[batch] = self.in_batch.get(batch, 0) + 1
        else:
            require(reason in (b"withdrawn", b"erased"), "%s gives no known reason." % here)
        self.taken[index] = (self.size(), reason.decode())
        self.by_reason[word.decode()] = self.by_reason.get(word.decode(), 0) + 1

    def add_batch(self, here, number, day, words):
        require(decimal(number, "The batch of e" + here[1:]) == len(self.batches) + 1, "%s has not the next number of a batch." % here)
        day_number(day, "The day of e" + here[1:])
        text = utf8(words, here)
        require(1 <= len(words) <= 200 and not any(c < " " or c == "\x7f" for c in text) and
                text[0] != " " and text[-1] != " ", "%s has words that cannot be." % here)
        self.batches.append((day, words))


# ---- the published folder

def read_file(folder, name, most=-1):
    """A file of the folder: a plain one, no link to elsewhere."""
    path = os.path.join(folder, name)
    try:
        require(stat.S_ISREG(os.lstat(path).st_mode), "%s is not a plain file." % name)
        with open(path, "rb") as file:
            return file.read(most)
    except OSError as why:
        raise Wrong("%s cannot be read: %s." % (name, why.strerror)) from None


def walk(folder, under):
    """Names of the files, from the folder on; those that begin with a dot are no part of it."""
    for where, folders, files in os.walk(os.path.join(folder, under)):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith("."):
                yield os.path.relpath(os.path.join(where, name), folder)


def find_tiles(folder):
    """{(level, or entries; N): {width: name}}"""
    tiles = {}
    for name in walk(folder, "tile"):
        match = re.fullmatch(r"tile/([0-7]|entries)((?:/x[0-9]{3})*/[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", name, re.ASCII)
        if not match:
            continue                # what has another name is no part of the log
        number = int(match[2].replace("/x", "").replace("/", ""))
        width = int(match[3] or 256)
        if name == tile_name(match[1], number, width):
            tiles.setdefault((match[1], number), {})[width] = name
    return tiles


def tile_name(level, number, width):
    groups = "%03d" % (number % 1000)
    while number >= 1000:
        number //= 1000
        groups = "x%03d/" % (number % 1000) + groups
    return "tile/%s/%s%s" % (level, groups, "" if width == 256 else ".p/%d" % width)


def tile_content(folder, found, level, number, width):
    """(name, content) of the tile with this width, or of the full one that has come since."""
    if width not in found and 256 in found:
        return found[256], read_file(folder, found[256])
    name = tile_name(level, number, width)
    return name, read_file(folder, name)


def split_bundle(octets, name, width):
    entries, at = [], 0
    while at < len(octets):
        end = at + 2 + int.from_bytes(octets[at:at + 2], "big")
        require(at + 2 <= len(octets) and end <= len(octets), "%s ends within an entry." % name)
        entries.append(octets[at + 2:end])
        at = end
    require(len(entries) == width, "%s does not have %d entries." % (name, width))
    return entries


def check_older(folder, found, width, content, unit):
    """Older partial tiles are the beginning of what is there now; unit gives the end of the first W."""
    for older in found:
        if older < width:
            require(read_file(folder, found[older]) == content[:unit(older)],
                    "%s is not the beginning of what came after it." % found[older])


def read_entries(folder, tiles, size):
    log = Entries()
    for number in range((size + 255) // 256):
        width = min(256, size - number * 256)
        found = tiles.get(("entries", number), {})
        name, octets = tile_content(folder, found, "entries", number, width)
        entries = split_bundle(octets, name, 256 if name == found.get(256) else width)[:width]
        for entry in entries:
            try:
                log.add(entry)
            except Wrong as why:
                raise Wrong("%s In %s." % (why, name)) from None
        check_older(folder, found, width, octets,
                    lambda older: sum(2 + len(entry) for entry in entries[:older]))
    return log


def check_hashes(folder, tiles, log):
    level, hashes = 0, log.leaves
    while hashes and level <= 7:
        for number in range((len(hashes) + 255) // 256):
            must = b"".join(hashes[number * 256:number * 256 + 256])
            width = len(must) // 32
            found = tiles.get((str(level), number), {})
            name, octets = tile_content(folder, found, level, number, width)
            require(len(octets) == (8192 if name == found.get(256) else len(must)) and octets.startswith(must), "%s does not have the hashes of the entries." % name)
            check_older(folder, found, width, must, lambda older: older * 32)
        hashes = [tree_root(hashes[i:i + 256]) for i in range(0, len(hashes) - 255, 256)]
        level += 1


def check_batches(folder, log):
    must = b"".join(b"%d %s %d %s\n" % (n, day, log.in_batch.get(n, 0), words)
                    for n, (day, words) in enumerate(log.batches, 1))
    require(read_file(folder, "batches") == must, "batches does not say what the entries say.")


TEXT_MAX = 1048576


def check_texts(folder):
    for name in walk(folder, "texts"):
        if not re.fullmatch("texts/[0-9a-f]{64}[.]md", name):
            continue                            # no part of a log
        text = read_file(folder, name, TEXT_MAX + 1)
        hexadecimal = sha256(text).hex()
        require(len(text) <= TEXT_MAX and name == "texts/%s.md" % hexadecimal, "%s is not the text of that name." % shown(os.fsencode(name)))


def check_state(log, point, what):
    """That the log had this root and count at this size."""
    require(point.size <= log.size(), "The log was shortened: %s has %d entries, the folder has %d." % (what, point.size, log.size()))
    require(point.root == tree_root(log.leaves[:point.size]),
            "The log was forked: at %d entries %s has another root." % (point.size, what))
    require(point.counted == log.counted(point.size),
            "At %d entries %s counts %d, the entries make it %d." % (point.size, what, point.counted, log.counted(point.size)))


def read_witnesses(folder):
    witnesses = [read_vkey(line, WITNESS, "A line of witnesses") for line in lines(read_file(folder, "witnesses"), "witnesses")]
    require(len(witnesses) <= 48, "There are more than 48 witnesses.")
    require(len({w.name for w in witnesses}) == len(witnesses) == len({w.public for w in witnesses}),
            "Two witnesses have the same name or key.")
    return witnesses


def check_folder(folder, say):
    """(key, witnesses, entries, [(size, cosigned), ...]) of a folder in which all is right."""
    key_lines = lines(read_file(folder, "key"), "key")
    require(len(key_lines) == 1, "key does not have one line.")
    key = read_vkey(key_lines[0], LOG, "key")
    witnesses = read_witnesses(folder)
    point, cosigned = read_note(read_file(folder, "checkpoint"), key, witnesses, "checkpoint")
    say("The checkpoint of %s, %d entries, is signed by the log's key." % (shown(key.name), point.size))
    tiles = find_tiles(folder)
    log = read_entries(folder, tiles, point.size)
    say("Every entry is well-formed, and what was taken back was there, once.")
    check_hashes(folder, tiles, log)
    check_state(log, point, "checkpoint")
    say("The tiles, the root and the count that was signed are those of the entries.")
    states = [(point.size, cosigned)]
    if os.path.lexists(os.path.join(folder, "checkpoint.cosigned")):
        older, cosigned = read_note(read_file(folder, "checkpoint.cosigned"), key, witnesses, "checkpoint.cosigned")
        check_state(log, older, "checkpoint.cosigned")
        states.append((older.size, cosigned))
        say("The cosigned checkpoint is of this log when it had %d entries." % older.size)
    check_batches(folder, log)
    check_texts(folder)
    say("Batches and texts are as the entries and their names say.")
    return key, witnesses, log, states


# ---- blocks that travel by mail

RECEIPT = ("origin", "key", "address", "day", "text", "nonce", "leaf", "size", "counted", "root", "proof", "signature")
PROMISE = ("origin", "key", "commitment", "by", "signature")


def words_of(octets):
    for nothing in ("\u00ad", "\u200b", "\u2060", "\ufeff"):
        octets = octets.replace(nothing.encode(), b"")
    octets = re.sub(rb"<(?=mailto:|https?:)[^<>]{,2046}>|\[(?=mailto:|https?:)[^[\]]{,2046}\]", b" ", octets)
    return re.sub(rb"\xc2\xa0|[\xa0\t\r\n\f\v>|]", b" ", octets).split()


def read_block(words, kind, order):
    """{name: value, proof: [values]} of the words between the first line and the last."""
    fields = []
    for word in words:
        if re.fullmatch(rb"[a-z]+:", word):
            fields.append((word[:-1].decode(), []))
        else:
            require(fields, "The %s has something before its first field." % kind)
            fields[-1][1].append(word)
    fields = [(name, b"".join(value)) for name, value in fields]
    require(fields and fields[-1][0] == "check", "The %s is cut short." % kind)
    canonical = b"undersigned %s v1\n" % kind.encode()
    canonical += b"".join(b"%s: %s\n" % (name.encode(), value) for name, value in fields[:-1])
    require(fields[-1][1] == base64.urlsafe_b64encode(sha256(canonical)[:8]).rstrip(b"="),
            "The %s was damaged on its way." % kind)
    names = [name for name, value in fields[:-1]]
    proofs = names.count("proof") if "proof" in order else 0
    must = [name for name in order for repeat in range(proofs if name == "proof" else 1)]
    require(names == must, "The %s does not have the fields of one." % kind)
    require(all(re.fullmatch(rb"[!-;=?-Z\\^-{}~]+", value) for name, value in fields), "The %s has characters that it cannot have." % kind)
    found = dict(fields)
    found["proof"] = [value for name, value in fields if name == "proof"]
    return found


def find_block(octets):
    """(kind, fields) of the first good receipt, or else promise; None if there is neither."""
    words, trouble = words_of(octets), None
    for kind, order in (("receipt", RECEIPT), ("promise", PROMISE)):
        upper = kind.upper().encode()
        first, last = [b"-----BEGIN", b"UNDERSIGNED", upper + b"-----"], [b"-----END", b"UNDERSIGNED", upper + b"-----"]
        for at in range(len(words)):
            if words[at:at + 3] != first:
                continue
            inner = words[at + 3:]
            ends = [i for i in range(len(inner)) if inner[i:i + 3] == last]
            try:
                require(ends, "The %s is cut short." % kind)
                inner = inner[:ends[0]]
                if inner and inner[-1] == b"-":
                    inner.pop()
                return kind, read_block(inner, kind, order)
            except Wrong as why:
                trouble = why
        if trouble:
            raise trouble
    return None, None


def read_block_from_mail(octets):
    """As it is, or else as the mail that it may be, with its parts decoded."""
    kind, block = find_block(octets)
    if block:
        return kind, block
    for part in email.message_from_bytes(octets, policy=email.policy.compat32).walk():
        if part.get_content_maintype() == "text":
            text = part.get_payload(decode=True) or b""
            if part.get_content_subtype() == "html":
                text = html.unescape(re.sub(r"<[^>]*>", " ", text.decode("utf-8", "replace"))).encode()
            kind, block = find_block(text)
            if block:
                return kind, block
    raise Wrong("There is neither a receipt nor a promise in it.")


def text_value(octets, what):
    plain = rb"[A-Za-z0-9._@/+-]*"
    if re.fullmatch(plain, octets):
        return octets
    require(octets.startswith(b"base64:"), "%s is not written as it must be." % what)
    value = strict_base64(octets[7:], what, True)
    require(not re.fullmatch(plain, value), "%s is not written as it must be." % what)
    utf8(value, what)
    return value


def block_key(block, what):
    octets = base64url(block["key"], 33, "The key in the " + what)
    require(octets[:1] == LOG, "The key in the %s is not that of a log." % what)
    return Key(key_name(text_value(block["origin"], "The origin"), "The origin in the " + what), LOG, octets[1:])


def check_receipt(block, log):
    """(index, sentences) of a receipt that holds; index is that of the entry in force."""
    key = block_key(block, "receipt")
    leaf, size, counted = (decimal(block[name], "In the receipt, " + name) for name in ("leaf", "size", "counted"))
    require(leaf < size and counted <= size, "The numbers in the receipt cannot be.")
    point = Checkpoint(key.name, size, base64url(block["root"], 32, "The root in the receipt"), counted)
    require(ed25519_verify(key.public, point.body, base64url(block["signature"], 64, "The signature in the receipt")),
            "The checkpoint in the receipt is not signed by its key.")
    address = text_value(block["address"], "The address")
    text = base64url(block["text"], 32, "The text in the receipt")
    commitment = sha256(b"undersigned commitment v1\n" +
                        len(key.name).to_bytes(2, "big") + key.name + base64url(block["nonce"], 32, "The nonce") +
                        len(address).to_bytes(2, "big") + address +
                        day_number(block["day"], "The day in the receipt").to_bytes(4, "big") + text)
    entry = leaf_hash(b"sign " + base64.urlsafe_b64encode(commitment).rstrip(b"="))
    proof = [base64url(line, 32, "A line of the proof") for line in block["proof"]]
    require(root_by_proof(entry, leaf, size, proof) == point.root,
            "The receipt proves nothing: what it is made of does not lead to its root.")
    check_state(log, point, "the receipt")
    require(log.leaves[leaf] == entry, "Entry %d is not the one of the receipt." % leaf)
    index = log.index[commitment]
    return index, ["The receipt is of %s, who signed on %s." % (shown(address), block["day"].decode()),
                   "Its checkpoint of %d entries is signed, and this log continues it." % size,
                   "What was signed is the text with the SHA-256 %s." % text.hex(),
                   "The signature is entry %d of the log%s." %
                   (index, "" if index == leaf else ": entry %d was taken back with a batch, and that was undone" % leaf)]


def check_promise(block, log):
    key = block_key(block, "promise")
    commitment = base64url(block["commitment"], 32, "The commitment in the promise")
    try:
        by = datetime.datetime.strptime(block["by"].decode(), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
        require(by.strftime("%Y-%m-%dT%H:%M:%SZ").encode() == block["by"], "")
    except (ValueError, Wrong):
        raise Wrong("The time in the promise is none.") from None
    signed = b"undersigned promise v1\n%s\n%s\n%s\n" % (key.name, block["commitment"], block["by"])
    require(ed25519_verify(key.public, signed, base64url(block["signature"], 64, "The signature in the promise")),
            "The promise is not signed by its key.")
    if commitment not in log.index:
        require(datetime.datetime.now(datetime.timezone.utc) <= by, "The promise was broken: its time is over.")
        return None, ["The promise is signed by its key.",
                      "What was promised is not in the log yet, and is not due until %s: nothing is proved of it yet." % block["by"].decode()]
    return log.index[commitment], ["The promise is signed by its key.",
                                   "It was kept: the signature is entry %d of the log." % log.index[commitment]]


# ---- the command

def read_any(name):
    """A file of one's own, which may be a link."""
    try:
        if name == "-":
            return sys.stdin.buffer.read()
        with open(name, "rb") as file:
            return file.read()
    except OSError as why:
        raise Wrong("%s cannot be read: %s." % (name, why.strerror)) from None


def given_keys(value, kind, what):
    """A vkey, or all those in a file, a line each."""
    octets = os.fsencode(value)
    if b"+" not in octets or os.path.exists(value):
        octets = read_any(value)
    keys = [read_vkey(line, kind, what) for line in octets.splitlines() if line]
    require(keys, "There is no key in %s." % what)
    return keys


def check_key(key, others):
    require(all(key == other for other, where in others),
            "The folder is of another log, or of another key, than " + " and ".join(w for k, w in others) + ".")
    if others:
        return "The key is %s, as in %s." % (shown(key.vkey()), " and ".join(w for k, w in others))
    return "The key is %s, FROM THE FOLDER ITSELF: compare it with what the campaign has printed elsewhere." % shown(key.vkey())


def check_seen(octets, key, log):
    """A checkpoint that was kept; lines before it, as in the file of --state, are no part of it."""
    note = octets.partition(b"\n\n")[2] if octets.startswith(key.vkey() + b"\n\n") else octets
    first = [line for line in note.split(b"\n") if line.startswith("\u2014 ".encode() + key.name + b" ")]
    body = note.rpartition(b"\n\n")[0]
    # its witnesses may be others than today's: only the log's own word counts here
    point, cosigned = read_note(body + b"\n\n" + b"".join(line + b"\n" for line in first), key, [], "What was seen before")
    check_state(log, point, "what was seen before")
    return "The log continues what was seen before, at %d entries." % point.size


def check_witnesses(number, states, index, pinned):
    """Either checkpoint will do, if so many are under it and the entry was there already."""
    size, names = max(((size, [name for name in cosigned if pinned is None or name in pinned])
                       for size, cosigned in states if index is None or index < size),
                      key=lambda state: len(state[1]), default=(0, []))
    require(len(names) >= number, "Only %d of the %d witnesses that are demanded have cosigned%s." %
            (len(names), number, "" if index is None else " a log with this entry"))
    return "%d witnesses have cosigned the log at %d entries: %s." % (len(names), size, ", ".join(map(shown, sorted(names))))


def check_all(args, say):
    block = kind = None
    others = []
    if args.key:
        others += [(key, "--key") for key in given_keys(args.key, LOG, "--key")]
    if args.receipt:
        kind, block = read_block_from_mail(read_any(args.receipt))
        others.append((block_key(block, kind), "the " + kind))
    key, witnesses, log, states = check_folder(args.tally, say)
    say(check_key(key, others))
    if args.seen:
        say(check_seen(read_any(args.seen), key, log))
    index = None
    if block:
        # None: of a promise that is not due
        index, sentences = (check_receipt if kind == "receipt" else check_promise)(block, log)
        for sentence in sentences:
            say(sentence)
    if args.witnesses:
        pinned = None
        if args.witness:
            keys = [key for value in args.witness for key in given_keys(value, WITNESS, "--witness")]
            pinned = [key.name for key in keys if key in witnesses]
        say(check_witnesses(args.witnesses, states, index, pinned))
    reasons = ", ".join("%d %s" % (n, reason) for reason, n in sorted(log.by_reason.items()))
    say("Counted: %d signatures; %d were put in, and taken back were %s." %
        (log.counted(log.size()), log.signs(), reasons or "none"))
    if index is not None:
        entry, reason = log.taken.get(index, (0, ""))
        staff = STAFF.get(reason.partition(" ")[0])
        require(index not in log.taken, "It does not count any more: entry %d took it back, %s%s." %
                (entry, reason, " (the campaign's staff hold that %s)" % staff if staff else ""))
        say("It counts.")
    say("This proves the count and every signature that has a receipt; "
        "not that there is a person behind every other entry, nor that everybody is shown this same log.")


def read_arguments(argv):
    parser = argparse.ArgumentParser(prog="verify.py", allow_abbrev=False,
                                     description="Checks the public log of a petition, and a receipt against it.")
    parser.add_argument("receipt", nargs="?", metavar="RECEIPT", help="a file with a receipt or promise, - for standard input")
    parser.add_argument("--tally", required=True, metavar="DIR", help="the published folder")
    parser.add_argument("--tally-only", action="store_true", help="without a receipt")
    parser.add_argument("--key", metavar="VKEY", help="the log's key as it was printed elsewhere, or a file with it")
    parser.add_argument("--witnesses", type=int, metavar="N", help="so many must have cosigned")
    parser.add_argument("--witness", action="append", metavar="VKEY", help="only hers counts; a key, or a file of keys")
    parser.add_argument("--seen", metavar="FILE", help="a checkpoint that was kept: the log must continue it")
    args = parser.parse_args(argv)
    if bool(args.receipt) == args.tally_only:
        parser.error("either RECEIPT or --tally-only")
    if args.witnesses is not None and args.witnesses < 1:
        parser.error("--witnesses needs a number from 1")
    return args


def main(argv, out=sys.stdout):
    args = read_arguments(argv)
    said = []
    for attempt in range(3):
        # What is published while we read makes us read again.
        was = os.path.join(args.tally, "checkpoint")
        before = read_any(was) if os.path.isfile(was) else None
        said, status = [], 0
        try:
            check_all(args, said.append)
        except Wrong as why:
            said.append("WRONG: %s" % why)
            status = 1
        if before is None or args.receipt == "-" or read_any(was) == before:
            break
    for sentence in said:
        print(sentence.encode(out.encoding or "ascii", "backslashreplace").decode(out.encoding or "ascii"), file=out)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
