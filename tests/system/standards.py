# What Python's own parser of mail finds wrong with the mails named on the command
# line: a parser that nobody here wrote.  Prints "FILE: finding", nothing when all
# is well; the last line says how many were read.
# SPDX-License-Identifier: ISC
import sys
from email import policy
from email.parser import BytesParser

STRICT = policy.default.clone(raise_on_defect=False)


def findings(message):
    for part in message.walk():
        for defect in part.defects:
            yield "part: %r" % defect
        for name, value in part.items():
            for defect in getattr(value, "defects", ()):
                yield "%s: %r" % (name, defect)
    for name in ("From", "To", "Reply-To"):
        if message[name] is None:
            continue
        addresses = message[name].addresses
        if len(addresses) != 1 or not addresses[0].domain:
            yield "%s is not one address" % name
    if message["Date"].datetime is None or message["Date"].datetime.tzinfo is None:
        yield "Date is none"
    if message.get_content_type() != "multipart/alternative":
        yield message.get_content_type()
        return
    parts = [p.get_content_type() for p in message.iter_parts()]
    if parts != ["text/plain", "text/html"]:
        yield "parts: %r" % parts
        return
    for part in message.iter_parts():
        text = part.get_content()
        if not text.strip() or "\ufffd" in text:
            yield "%s is empty or not what it says" % part.get_content_type()
    for name in ("Subject", "List-Id"):
        value = str(message[name] or "x")
        if "=?" in value or "\ufffd" in value or not value.strip():
            yield "%s: %s" % (name, value)


def main():
    count = 0
    for path in sys.argv[1:]:
        with open(path, "rb") as f:
            data = f.read()
        count += 1
        message = BytesParser(policy=STRICT).parsebytes(data)
        for finding in findings(message):
            print("%s: %s" % (path, finding))
        try:
            strict = BytesParser(policy=policy.strict).parsebytes(data)
            for part in strict.walk():
                part.items()
        except Exception as e:
            print("%s: strict: %r" % (path, e))
    print("%d read" % count)


main()
