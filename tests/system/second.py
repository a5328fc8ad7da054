# The second verifier (contrib/verify/verify.py, its path is the first argument) for
# a test that has thousands of questions: each line of standard input is one, its
# arguments with tabs between.  The answer is a line: the exit status, and what was
# said with " / " for ends of lines.
# With "vectors" behind the path: what others have signed must be good for it.
# SPDX-License-Identifier: ISC
import contextlib
import functools
import importlib.util
import io
import sys

sys.dont_write_bytecode = True
spec = importlib.util.spec_from_file_location("verify", sys.argv[1])
verify = importlib.util.module_from_spec(spec)
spec.loader.exec_module(verify)

# C2SP signed-note.md, "Example"; golang.org/x/mod/sumdb/note, the example of Open.
NOTES = [
    (b"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
     b"This is an example message.\n",
     b"Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="),
    (b"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
     b"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
     b"x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="),
]
# RFC 8032, section 7.1, tests 1 to 3: public key, message, signature.
RFC8032 = [
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
]
# RFC 6962 trees of 0 to 8 leaves, as Certificate Transparency's own tests have them.
LEAVES = [bytes.fromhex(h) for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                                     "606162636465666768696a6b6c6d6e6f")]
ROOTS = ["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
         "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
         "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
         "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
         "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
         "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
         "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
         "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"]


def vectors():
    for vkey, text, signature in NOTES:
        key = verify.read_vkey(vkey, verify.LOG, "a vector")
        octets = verify.strict_base64(signature, "a vector", False)
        yield "a note of %s" % key.name.decode(), key.id == octets[:4] and verify.ed25519_verify(key.public, text, octets[4:])
        yield "and not with another text", not verify.ed25519_verify(key.public, text + b"\n", octets[4:])
    for public, message, signature in RFC8032:
        octets = [bytes.fromhex(h) for h in (public, message, signature)]
        yield "RFC 8032 %s" % message, verify.ed25519_verify(*octets)
        for bit in range(0, 512, 7):
            bad = bytearray(octets[2])
            bad[bit // 8] ^= 1 << bit % 8
            yield "bit %d changed" % bit, not verify.ed25519_verify(octets[0], octets[1], bytes(bad))
        s = int.from_bytes(octets[2][32:], "little") + verify.ORDER
        again = octets[2][:32] + s.to_bytes(32, "little")
        yield "S over the order", not verify.ed25519_verify(octets[0], octets[1], again)
    one = (1).to_bytes(32, "little")
    yield "a key of small order", not verify.ed25519_verify(one, b"x", one + bytes(32))
    for size, root in enumerate(ROOTS):
        yield "a tree of %d" % size, verify.tree_root([verify.leaf_hash(x) for x in LEAVES[:size]]).hex() == root
    yield "the path of tile 1234067", verify.tile_name(0, 1234067, 256) == "tile/0/x001/x234/067"
    yield "and of a partial one", verify.tile_name("entries", 273, 112) == "tile/entries/273.p/112"


def ask(argv):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stderr(err):
        try:
            status = verify.main(argv, out)
        except SystemExit as usage:
            status = usage.code
        except Exception as bug:            # told apart from every honest answer
            status = 99
            out.write(repr(bug))
    return status, (out.getvalue() + err.getvalue()).strip().replace("\n", " / ")


if sys.argv[2:] == ["vectors"]:
    bad = [what for what, good in vectors() if not good]
    print("\n".join(bad) if bad else "good")
else:
    # The same few signatures are asked for again and again.
    verify.ed25519_verify = functools.lru_cache(1000)(verify.ed25519_verify)
    for line in sys.stdin:
        print("%s\t%s" % ask(line.rstrip("\n").split("\t")), flush=True)
