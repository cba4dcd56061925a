#!/usr/bin/env python3
"""The binary interface is what include/ says: compares public headers, static libraries and shared libraries.

usage: check_symbols.py INCLUDE_FOLDER STATIC_LIBRARIES_FOLDER SHARED_LIBRARIES_FOLDER

  exported   each strong symbol of a shared library belongs to a class or function that a public header marks with
             SLUICE_API or SIGV4_API
  complete   what a public header declares and the library defines is shown: the mark was not forgotten
  borrowed   other symbols are templates and inline functions of headers that a program may use as well: those of the
             standard library, and those of Boost.Asio and what it stands on
"""
import pathlib
import re
import subprocess
import sys

# Asio finds the context that runs a thread through a thread-local variable of its headers, and services through the
# addresses of others. Were they hidden, program and library had one each. So Asio shows them, whatever the compiler is
# told, and the standard library shows all that it has.
BORROWED = re.compile(r"\b(std|__gnu_cxx|boost_asio_\w+|boost::(asio|system|detail|exception_detail|exception|wrapexcept|"
                      r"source_location|core|date_time|gregorian|posix_time|throw_exception\w*))\b")
# As above, for names of a newer compiler that c++filt cannot read.
BORROWED_MANGLED = re.compile(r"_Z(TI|TS|TV|GV)?(N[KV]*)?(St|S[abdios]|9__gnu_cxx|5boost(4asio|6system))")
PREFIX = re.compile(r"^(?:(?:typeinfo name|typeinfo|vtable|VTT|guard variable|TLS init function|TLS wrapper function|"
                    r"construction vtable) for |(?:non-virtual|virtual) thunk to )")


def symbols(library, *options):
    """Mangled name -> (kind, demangled name) of all that is defined."""
    command = ["nm", "--defined-only", "--extern-only", "--format=posix", *options, str(library)]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    pairs = [line.split()[:2] for line in lines if len(line.split()) >= 2 and not line.endswith(":")]
    names = [name.split("@")[0] for name, _ in pairs]
    plain = subprocess.run(["c++filt"], input="\n".join(names), check=True, capture_output=True, text=True).stdout
    return {name: (kind, shown) for name, (_, kind), shown in zip(names, pairs, plain.splitlines())}


def without_arguments(line):
    """Without what stands between < and >."""
    while (shorter := re.sub(r"<[^<>]*>", "", line)) != line:
        line = shorter
    return line


def declarations(include):
    """Qualified names of classes and functions at namespace scope -> (header, whether it is marked)."""
    found = {}
    for header in sorted(pathlib.Path(include).rglob("*.hpp")):
        namespaces = [] # and an empty name for each other block that is open
        mark_before = False
        for line in header.read_text().splitlines():
            mark = mark_before or bool(re.search(r"\b(SLUICE|SIGV4)_API\b", line))
            mark_before = False
            if line.startswith("//"):
                continue
            if line.startswith("}"):
                namespaces.pop()
                continue
            names = [name for name in namespaces if name]
            if re.match(r"\S.*\{$", line):
                opened = re.match(r"namespace ([\w:]+)", line)
                namespaces.append(opened.group(1) if opened else "")
            if kind := re.match(r"(?:class|struct) (?:\w+_API )?(\w+)[^;]*$", line):
                name = "::".join(names + [kind.group(1)])
                found[name] = (header, mark)
            elif re.match(r"(using|namespace|template|class|struct|enum|inline|constexpr|concept|static|#|//|\s|$)", line):
                continue
            elif function := re.match(r"[^(=]*?(\w+)\([^{]*$", without_arguments(line)):
                name = "::".join(names + [function.group(1)])
                found[name] = (header, mark)
            else:
                mark_before = mark # a declaration of two lines
        assert not namespaces, f"{header}: the namespaces do not end as they begin"
    return found


def owner_of(plain, known):
    """The declared class or function that a symbol belongs to, and what follows its name."""
    plain = PREFIX.sub("", re.sub(r"\[abi:\w+\]", "", plain))
    plain = re.sub(r"^.*? (?=(sluice|sigv4)::\w)", "", plain.split("(")[0]) + plain[len(plain.split("(")[0]):]
    parts = re.match(r"[\w:]+", plain)
    name = parts.group(0) if parts else ""
    while name and name not in known:
        name = name.rpartition("::")[0]
    return name, plain[len(name):]


def check(known, static, shared):
    faults = []
    shown = symbols(shared, "-D")
    ours = 0
    for mangled, (kind, plain) in shown.items():
        name, _ = owner_of(plain, known)
        if name and known[name][1]:
            ours += 1
        elif kind in "WVu" and not re.match(r"(sluice|sigv4)::", PREFIX.sub("", plain)) and (
                BORROWED.search(plain) or plain == mangled and BORROWED_MANGLED.match(mangled)):
            continue
        elif name:
            faults.append(f"{shared.name} shows {plain}, but {name} is not marked in {known[name][0]}")
        else:
            faults.append(f"{shared.name} shows {plain}, which no public header declares")
    for mangled, (kind, plain) in symbols(static).items():
        name, rest = owner_of(plain, known)
        # Nested classes may be hidden: only members of the class itself count.
        direct = r"$" if PREFIX.match(plain) else r"(::(~?\w+|operator\W+))?(\(|$)"
        if kind in "TBDR" and name and mangled not in shown and re.match(direct, rest):
            faults.append(f"{shared.name} hides {plain}: mark it, or its class, in {known[name][0]}")
    if not ours:
        faults.append(f"{shared.name} shows nothing of ours")
    print(f"{shared.name}: {ours} symbols of ours, {len(shown) - ours} of others' headers")
    return faults


def main(include, static_folder, shared_folder):
    known = declarations(include)
    faults = []
    libraries = sorted(pathlib.Path(shared_folder).glob("libsluice*.so"))
    for shared in libraries:
        faults += check(known, pathlib.Path(static_folder) / (shared.stem + ".a"), shared)
    if len(libraries) < 3:
        faults.append(f"{len(libraries)} shared libraries in {shared_folder}, 3 expected")
    if faults:
        print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
