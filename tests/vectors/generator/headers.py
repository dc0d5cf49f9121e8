"""The form of the signature header."""

import base64

from .scheme import I64_MAX, MAX_HEADER_LEN, NOW, Repeat, flip, mac, sig


def malformed_headers(table):
    m = mac()
    good = sig()
    for name, header in [
        ("empty", b""),
        ("only-spaces", b"   "),
        ("only-a-comma", b","),
        ("only-an-equals-sign", b"="),
        ("garbage", b"garbage"),
        ("bad-header", b"bad_header"),
        ("a-sentence", b"i'm not even a real signature header"),
        ("upper-case-garbage", b"BAD_SIG_NATURE"),
        ("invalid-signature", b"invalid_signature"),
        ("no-equals-sign-in-v1", b"v1,t=1"),
        ("no-equals-sign-in-t", b"t,v1=" + m),
        ("only-the-digits", m),
        ("only-t", b"t=1781092800"),
        ("only-v1", b"v1=" + m),
        ("only-v1-and-v2", b"v1=" + m + b",v2=" + m),
        ("only-t-and-v0", b"t=1781092800,v0=" + m),
        ("only-t-and-v2", b"t=1781092800,v2=" + m),
        ("only-t-and-v10", b"t=1781092800,v10=" + m),
        ("only-t-and-v", b"t=1781092800,v=" + m),
        ("name-that-ends-in-v1", b"t=1781092800,nav1=" + m),
        ("name-that-contains-v", b"t=1781092800,nav=" + m),
        ("name-that-ends-in-t", b"nt=1781092800,v1=" + m),
        ("upper-case-t", b"T=1781092800,v1=" + m),
        ("upper-case-v1", b"t=1781092800,V1=" + m),
        ("space-before-the-equals-sign-of-t", b"t =1781092800,v1=" + m),
        ("space-before-the-equals-sign-of-v1", b"t=1781092800,v1 =" + m),
        ("space-after-the-equals-sign-of-v1", b"t=1781092800,v1= " + m),
        ("space-inside-v1", b"t=1781092800,v1=" + m[:32] + b" " + m[32:]),
        ("semicolon-between-parts", b"t=1781092800;v1=" + m),
        ("space-between-parts", b"t=1781092800 v1=" + m),
        ("ampersand-between-parts", b"t=1781092800&v1=" + m),
        ("colons-for-equals-signs", b"t:1781092800,v1:" + m),
        ("quoted", b'"' + good + b'"'),
        ("v1-quoted", b't=1781092800,v1="' + m + b'"'),
        ("t-quoted", b't="1781092800",v1=' + m),
        ("bracketed", b'["' + good + b'"]'),
        ("with-its-own-name", b"hookrail-signature: " + good),
        ("json", b'{"t":1781092800,"v1":"' + m + b'"}'),
        ("percent-encoded", b"t%3D1781092800%2Cv1%3D" + m),
        ("two-headers-joined", good + b", " + good),
        ("two-headers-of-different-times-joined", good + b"," + sig(t=NOW - 1)),
        ("standard-webhooks", b"v1," + base64.b64encode(bytes.fromhex(m.decode()))),
        ("github", b"sha256=" + m),
        ("cr-lf-at-the-end", good + b"\r\n"),
        ("cr-at-the-end", good + b"\r"),
        ("lf-at-the-end", good + b"\n"),
        ("lf-at-the-start", b"\n" + good),
        ("lf-after-the-comma", b"t=1781092800,\nv1=" + m),
        ("vertical-tab", b"t=1781092800,\x0bv1=" + m),
        ("form-feed", b"t=1781092800,\x0cv1=" + m),
        ("nul-at-the-end", good + b"\0"),
        ("nul-at-the-start", b"\0" + good),
        ("nul-after-t", b"t=1781092800\0,v1=" + m),
        ("nul-in-an-unknown-part", good + b",x=\0"),
        ("escape-in-an-unknown-part", good + b",x=\x1b[0m"),
        ("delete-character", good + b",x=\x7f"),
        ("non-ascii-in-an-unknown-part", good + ",x=é".encode()),
        ("not-utf-8-in-an-unknown-part", good + b",x=\xff"),
        ("no-break-space-around-v1", "t=1781092800,\u00a0v1=".encode() + m),
        ("next-line-at-the-end", good + "\u0085".encode()),
        ("byte-order-mark-at-the-start", b"\xef\xbb\xbf" + good),
        ("full-width-equals-sign", "t＝1781092800,v1=".encode() + m),
        ("one-byte-over-the-limit", (good + b",x=").ljust(MAX_HEADER_LEN + 1, b"p")),
        ("spaces-over-the-limit", good.ljust(MAX_HEADER_LEN + 1)),
        ("a-megabyte-of-commas", Repeat(b",", 1048576)),
        ("a-megabyte-of-signatures", Repeat(good + b",", 12000)),
    ]:
        table.malformed("header/" + name, header)


def accepted_headers(table):
    m = mac()
    good = sig()
    t = b"t=1781092800"
    v1 = b"v1=" + m
    for name, header in [
        ("v1-before-t", v1 + b"," + t),
        ("space-after-the-comma", t + b", " + v1),
        ("spaces-around-every-part", b"  " + t + b"  ,  " + v1 + b"  "),
        ("tabs-around-every-part", b"\t" + t + b"\t,\t" + v1 + b"\t"),
        ("comma-at-the-end", good + b","),
        ("comma-at-the-start", b"," + good),
        ("commas-and-spaces-between", t + b",, ,\t," + v1),
        ("unknown-part-first", b"x=1," + good),
        ("unknown-part-between", t + b",x=1," + v1),
        ("unknown-part-last", good + b",x=1"),
        ("unknown-part-twice", good + b",x=1,x=2"),
        ("unknown-part-with-spaces-and-tabs-inside", good + b",x=a \t b"),
        ("unknown-part-with-equals-signs-inside", good + b",x=a=b=c"),
        ("unknown-part-without-a-value", good + b",x="),
        ("unknown-part-without-a-name", good + b",=x"),
        ("part-without-an-equals-sign", good + b",garbage"),
        ("part-that-is-only-t", b"t," + good),
        ("part-that-is-only-v1", good + b",v1"),
        ("v0-beside-v1", t + b",v0=" + flip(m, 0) + b"," + v1),
        ("v2-beside-v1", good + b",v2=" + b"ab" * 64),
        ("upper-case-names-beside-the-right-ones", b"T=1,V1=2," + good),
        ("t-with-a-space-before-the-equals-sign-beside-the-right-one", b"t =1," + good),
        ("printable-punctuation-in-an-unknown-part", good + b",x=!\"#$%&'()*+-./:;<=>?@[\\]^_`{|}~"),
        ("as-long-as-the-limit", (good + b",x=").ljust(MAX_HEADER_LEN, b"p")),
        ("commas-up-to-the-limit", good.ljust(MAX_HEADER_LEN, b",")),
        ("spaces-up-to-the-limit", good.ljust(MAX_HEADER_LEN)),
    ]:
        table.ok("header/" + name, header)


def timestamps(table):
    m = mac()
    for name, t in [
        ("empty", b""),
        ("a-word", b"hello"),
        ("a-date", b"2202-1-1"),
        ("an-iso-time", b"2026-06-10T12:00:00Z"),
        ("infinity", b"Infinity"),
        ("nan", b"NaN"),
        ("decimal-point", b"1781092800.0"),
        ("fraction", b"1781092800.9"),
        ("exponent", b"1781092800e0"),
        ("hexadecimal", b"0x6A29AB00"),
        ("octal-prefix", b"0o15212325400"),
        ("plus-sign", b"+1781092800"),
        ("minus-sign", b"-1781092800"),
        ("minus-one", b"-1"),
        ("minus-zero", b"-0"),
        ("only-a-minus", b"-"),
        ("leading-zero", b"01781092800"),
        ("leading-zeros", b"0001781092800"),
        ("two-zeros", b"00"),
        ("zeros-to-the-full-length", b"0" * 19),
        ("underscores", b"1_781_092_800"),
        ("thousands-apostrophes", b"1'781'092'800"),
        ("leading-space", b" 1781092800"),
        ("leading-tab", b"\t1781092800"),
        ("space-inside", b"17810 92800"),
        ("arabic-digits", "١٧٨١٠٩٢٨٠٠".encode()),
        ("full-width-digits", "１７８１０９２８００".encode()),
        ("superscript-digit", "1781092800²".encode()),
        ("trailing-letter", b"1781092800s"),
        ("equals-sign-after", b"1781092800=junk"),
        ("quoted", b'"1781092800"'),
        ("one-over-the-largest", b"9223372036854775808"),
        ("nineteen-nines", b"9999999999999999999"),
        ("twenty-digits", b"17810928000000000000"),
        ("twenty-digits-that-wrap-around-to-now", str(2**64 + NOW).encode()),
        ("thirty-digits", b"1" + b"0" * 30),
        ("four-hundred-digits", b"1" * 400),
    ]:
        table.malformed("timestamp/" + name, b"t=" + t + b",v1=" + mac(t=t))
    table.malformed("timestamp/five-thousand-digits", b"t=" + b"1" * 5000 + b",v1=" + m)
    table.malformed("timestamp/negative-with-the-widest-tolerance", sig(t=-1), tolerance=I64_MAX)
    table.malformed("timestamp/negative-and-now-negative", sig(t=-500), now=-500)
    for name, header in [
        ("twice-the-same", b"t=1781092800,t=1781092800,v1=" + m),
        ("twice-apart", b"t=1781092800,v1=" + m + b",t=1781092800"),
        ("twice-different-right-one-last", b"t=1,t=1781092800,v1=" + m),
        ("twice-different-right-one-first", b"t=1781092800,t=1,v1=" + m),
        ("twice-and-the-second-empty", b"t=1781092800,v1=" + m + b",t="),
        ("twice-and-the-first-empty", b"t=,t=1781092800,v1=" + m),
    ]:
        table.malformed("timestamp/" + name, header)
    table.ok("timestamp/space-after", b"t=1781092800 ,v1=" + m)
    table.ok("timestamp/tab-after", b"t=1781092800\t,v1=" + m)
    table.too_old("timestamp/zero-is-well-formed", sig(t=0))
    table.ok("timestamp/zero-at-second-zero", sig(t=0), now=0, signed_at=0)
    table.ok("timestamp/one-digit", sig(t=7), now=7, signed_at=7)
    table.too_new("timestamp/milliseconds", sig(t=NOW * 1000))
    table.too_new("timestamp/the-largest", sig(t=I64_MAX))
    table.ok("timestamp/the-largest-at-its-second", sig(t=I64_MAX), now=I64_MAX, signed_at=I64_MAX)
    table.too_new("timestamp/nineteen-digits", sig(t=10**18))


def candidates(table):
    m = mac()
    t = b"t=1781092800"
    bad = [b"v1=" + mac(body=b"%d" % number) for number in range(20)]
    good = b"v1=" + m

    def header(*parts):
        return b",".join((t,) + parts)

    for name, parts in [
        ("bad-then-good", (bad[0], good)),
        ("good-then-bad", (good, bad[0])),
        ("good-between-bad", (bad[0], good, bad[1])),
        ("bad-v2-good-bad", (bad[0], b"v2=" + m, good, bad[1])),
        ("good-twice", (good, good)),
        ("good-and-a-word", (good, b"v1=bad_signature")),
        ("a-word-and-good", (b"v1=bad_signature", good)),
        ("good-and-an-empty-one", (good, b"v1=")),
        ("an-empty-one-and-good", (b"v1=", good)),
        ("good-and-its-first-half", (good, good[:35])),
        ("too-long-and-good", (good + b"00", good)),
        ("upper-case-digits", (b"v1=" + m.upper(),)),
        ("mixed-case-digits", (b"v1=" + m[:32].upper() + m[32:],)),
        ("space-after", (good + b" ",)),
        ("sixteen-and-the-first-is-good", (good, *bad[:15])),
        ("sixteen-and-the-last-is-good", (*bad[:15], good)),
        ("sixteen-and-many-unreadable", (*([b"v1=zz"] * 20), *bad[:15], good)),
        ("good-after-forty-unreadable", (*([b"v1="] * 40), good)),
    ]:
        table.ok("candidates/" + name, header(*parts))
    for name, parts in [
        ("two-and-none-is-good", (bad[0], bad[1])),
        ("sixteen-and-none-is-good", bad[:16]),
        ("bad-and-the-good-one-as-v2", (bad[0], b"v2=" + m)),
        ("bad-and-the-good-one-cut-short", (bad[0], good[:-1])),
        ("bad-and-the-good-one-too-long", (bad[0], good + b"0")),
        ("bad-and-the-good-one-after-a-space", (bad[0], b"v1= " + m)),
        ("bad-and-the-good-one-with-another-equals-sign", (bad[0], b"v1==" + m)),
    ]:
        table.mismatch("candidates/" + name, header(*parts))
    for name, parts in [
        ("seventeen-and-the-first-is-good", (good, *bad[:16])),
        ("seventeen-and-the-last-is-good", (*bad[:16], good)),
        ("seventeen-times-the-good-one", (good,) * 17),
        ("empty", (b"v1=",)),
        ("first-eight-digits", (good[:11],)),
        ("first-sixty-two-digits", (good[:-2],)),
        ("first-sixty-three-digits", (good[:-1],)),
        ("sixty-five-digits", (good + b"0",)),
        ("sixty-six-digits", (good + b"00",)),
        ("twice-the-digits", (good + m,)),
        ("deadbeef", (b"v1=deadbeef",)),
        ("a-number", (b"v1=1234567890",)),
        ("a-word", (b"v1=bad_signature",)),
        ("letter-g", (good[:-1] + b"g",)),
        ("letter-before-a", (good[:-1] + b"`",)),
        ("character-before-0", (good[:-1] + b"/",)),
        ("character-after-9", (good[:-1] + b":",)),
        ("character-before-upper-case-a", (good[:-1] + b"@",)),
        ("upper-case-g", (good[:-1] + b"G",)),
        ("sixty-two-digits-after-0x", (b"v1=0x" + m[:62],)),
        ("all-digits-after-0x", (b"v1=0x" + m,)),
        ("minus-sign", (b"v1=-" + m[:63],)),
        ("spaces-for-digits", (b"v1=" + b" " * 63 + b"0",)),
        ("another-equals-sign", (b"v1=" + m + b"=junk",)),
        ("base64", (b"v1=" + base64.b64encode(bytes.fromhex(m.decode())),)),
        ("base64-of-sixty-four-characters", (b"v1=" + b"QUJD" * 16,)),
    ]:
        table.malformed("candidates/" + name, header(*parts))
