"""Files from people who mean harm: each is refused in time, in little memory, with a message.

What only the reader meets is in tests/declaration/test_hostile_input.py; these go through
the whole command.
"""

import io
import zipfile

SECONDS, MEGABYTES = 5, 500
"Of processor time on an idle machine, and of memory."

MATRIX = "dims: {N: 4}\ninputs: {X: [N, N]}\nnetwork:\n  L: "
SCALAR = "inputs: {s: []}\nnetwork:\n  L: "


def _aliases():
    lines = ["a0: &a0 [x, x]"]
    return "\n".join(
        lines + [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 10)}]" for k in range(1, 12)]
    )


def _chain(text, length):
    return "".join(f"  A{k + 1}: {text.format(k=k)}\n" for k in range(length))


FILES = {
    # name: (file, words of the message, more arguments)
    "a file of 50 MB": ("#" * 50_000_000, "more than 4000000 bytes"),
    "aliases that expand": (_aliases(), "aliases expand"),
    "code in a tag": ("network: {L: !!python/object/apply:os.system [x]}", "is not allowed"),
    "code in an expression": (SCALAR + "__import__('os').system('x')", "is not a name"),
    "NUL": ("network: {L: 1}\0", "U+0000"),
    "another encoding": ("network: {L: 1}".encode("utf-16"), "not UTF-8"),
    "10,000 brackets": (SCALAR + "(" * 10_000 + "s" + ")" * 10_000, "more than 200 deep"),
    "a million terms": (SCALAR + "+".join(["s"] * 1_000_000), "more than 10000 pieces"),
    "9**9**9**9": (SCALAR + "s*9**9**9**9", "was found at which every node"),
    "a power that is no number": (SCALAR + "s**(9**9**9**9)", "is not finite"),
    "a huge dimension": ("inputs: {X: [1000000, 1000000]}\nnetwork: {L: sum(X)}", "--limit"),
    "a huge constant": (SCALAR + "s*trace(eye(1000000))", "1000000×1000000"),
    "a huge product": ("inputs: {X: [20000, 1]}\nnetwork: {L: sum(X*X.T)}", "20000×20000"),
    "a huge Kronecker product": (
        "inputs: {X: [90, 90]}\nnetwork: {L: 'sum(kron(X, X))'}",
        "8100×8100",
    ),
    "5,000 factors": (MATRIX + f"sum({'*'.join(['X'] * 5000)})", "--limit work"),
    "9,000 entrywise factors": (MATRIX + f"sum(hadamard({','.join(['X'] * 9000)}))", "--limit"),
    "100 layer normalisations": (MATRIX + f"sum({'layernorm(' * 100}X{')' * 101}", "--limit work"),
    "4,000 maxima": (MATRIX + f"sum(maximum({','.join(['X', 'X.T'] * 2000)}))", "--limit work"),
    "a node used 1,000 times": (
        "inputs: {s: []}\nnetwork:\n"
        + "".join(f"  A{k}: s*{k}\n" for k in range(1000))
        + "  L: "
        + "+".join(f"A{k}" for k in range(1000)),
        None,
    ),
    "closed forms that double": (
        "inputs: {s: []}\nnetwork:\n  A0: s\n" + _chain("sin(A{k})*cos(A{k})", 150),
        None,
        "--format",
        "json",
    ),
    "numbers that grow": (SCALAR + "s*" + "*".join(["1e-300"] * 3000), "3900 digits"),
    "fractions that grow": (
        SCALAR + "+".join(f"s/{10**290 + 2 * k + 1}" for k in range(1000)),
        "3900 digits",
    ),
    "5,000 unused variables": (
        "inputs: {" + ", ".join(f"s{k}: []" for k in range(5000)) + "}\nnetwork: {L: s0*s0}",
        None,
    ),
    "products of 500 numbers": (
        "inputs: {"
        + ", ".join(f"s{k}: []" for k in range(2000))
        + "}\nnetwork:\n  L: "
        + "+".join("*".join(f"s{k + j}" for k in range(500)) for j in range(0, 2000, 500)),
        "--limit work",
    ),
    "3,000 blocks side by side": (
        MATRIX + f"sum(hstack({','.join(['X'] * 3000)}))",
        "--limit work",
    ),
    "normalised 30 times, twice derived": (
        MATRIX + f"sum({'batchnorm(' * 30}X{')' * 31}",
        "--limit work",
        "--hessians",
    ),
    "500 norms": (MATRIX + "+".join(f"norm(X*{k})" for k in range(1, 500)), None),
    "a power of a power 150 times": (SCALAR + "(" * 150 + "s" + "**3)" * 150, None),
    "functions that double": (
        "inputs: {s: []}\nfunctions:\n  f0: x*x\n"
        + "".join(f"  f{k + 1}: f{k}(x) + f{k}(x)\n" for k in range(30))
        + "network:\n  L: f30(s)",
        None,
    ),
    "a check of slow functions": (SCALAR + "digamma(" * 60 + "s" + ")" * 60, "--limit work"),
    "inverses at every entry": (
        "inputs: {X: [60, 60]}\nnetwork: {L: 'sum(inv(X)*X*inv(X*X))'}",
        None,
    ),
    "an orthogonal matrix": (
        "inputs: {X: {shape: [700, 700], assume: orthogonal}}\nnetwork: {L: 'sum(X*X)'}",
        "--limit work",
    ),
    "a million numbers": ("network: {L: [" + "1," * 1_000_000 + "]}", "--limit items"),
    "a list by alias": (
        f"a: &a [{'1,' * 10_000}1]\nb: [{', '.join(['*a'] * 50)}]",
        "aliases expand",
    ),
    "100,000 variables": (
        "inputs: {" + ", ".join(f"X{k}: []" for k in range(100_000)) + "}\nnetwork: {L: X0}",
        "--limit items",
    ),
    "25,000 variables": (
        "inputs: {" + ", ".join(f"X{k}: []" for k in range(25_000)) + "}\nnetwork: {L: X0}",
        "more than 20000 inputs",
    ),
    "digits of an exponent": (SCALAR + f"s*1e{'0' * 300_000}1", "an exponent of more than 300"),
    "marks that are not seen": ("name: a\u200b\u2028b\nnetwork: {L: 1}", "U+200B"),
    "marks of direction": ('name: "a\\u200fb"\nnetwork: {L: 1}', "U+200F"),
    "tags of Unicode": ("name: a\U000e0041b\nnetwork: {L: 1}", "U+E0041"),
    "nothing but a number": ("network: {L: 1}", None),
}
"Where the words are None the file is only large: it may be derived, in the same time."


def bomb() -> bytes:
    """A small .npz file that holds a gigabyte of zeros."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("s.npy", "w", force_zip64=True) as entry,
    ):
        header = "{'descr': '<f8', 'fortran_order': False, 'shape': (131072000,), }"
        header = header.ljust(117) + "\n"
        entry.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode())
        for _ in range(1000):
            entry.write(bytes(1_048_576))
    return stream.getvalue()


def arguments(name: str) -> tuple:
    """The file, what its message says, and the command's other arguments."""
    text, words, *more = FILES[name]
    data = text if isinstance(text, bytes) else text.encode()
    return data, words, more
