#!/usr/bin/env python3
"""Checks every #include of the project's C++ files against rules.toml (which says how to read it).

Prints one line per violation, "file:line: what is wrong", and exits with 1 if there is any, with 2 if
the rules themselves are wrong.
"""

import argparse
import pathlib
import re
import sys
import tomllib

SOURCE_SUFFIXES = {".h", ".hpp", ".cc", ".cpp"}
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
# Headers without a folder and a suffix are the C++ library's; those of C and POSIX have ".h".
SYSTEM = re.compile(r"^(?:[a-z0-9_]+(?:\.h)?|(?:sys|linux|net|netinet|arpa|sanitizer)/[a-z0-9_/]+\.h)$")


class RulesError(Exception):
    """rules.toml contradicts itself."""


class Rules:
    """The parsed rules: which unit a path belongs to, and what a unit may include."""

    def __init__(self, text):
        data = tomllib.loads(text)
        self.external = data["external"]
        self.generated = data["generated"]
        self.units = data["unit"]
        for name, unit in self.units.items():
            self._check_unit(name, unit)
        for prefix, unit in self.generated.items():
            if unit not in self.units:
                raise RulesError(f"generated {prefix}: there is no unit {unit}")

    def _check_unit(self, name, unit):
        for group in unit["external"]:
            if group != "*" and group not in self.external:
                raise RulesError(f"unit {name}: there is no external group {group}")
        for target in unit["project"]:
            if target != "*" and self.unit_of(target) is None:
                raise RulesError(f"unit {name}: {target} is in no unit")

    def unit_of(self, path):
        """The name of the unit that `path` belongs to, or None."""
        for prefix, unit in self.generated.items():
            if path.startswith(prefix):
                return unit
        units = [name for name in self.units if path == name or path.startswith(name + "/")]
        return max(units, key=len, default=None)

    def group_of(self, header):
        """The external group that `header` belongs to, or None."""
        for group, prefixes in self.external.items():
            if any(header.startswith(prefix) if prefix.endswith("/") else header == prefix for prefix in prefixes):
                return group
        return None

    def judge(self, unit_name, header, quoted):
        """What is wrong with `header` being included from the unit, or None."""
        unit = self.units[unit_name]
        target = self.unit_of(header)
        if target is not None:
            allowed = unit["project"]
            if target == unit_name or "*" in allowed or target in allowed or header in allowed:
                return None
            return f"{unit_name} may not include {header} (of {target})"
        group = self.group_of(header)
        if group is not None:
            if "*" in unit["external"] or group in unit["external"]:
                return None
            users = ", ".join(name for name, other in self.units.items() if group in other["external"])
            return f"{unit_name} may not include {header}: {group} is for {users or 'nobody'}"
        if quoted:
            return f"{header} is no path from the project's root, nor a header that the rules know"
        if SYSTEM.match(header):
            return None
        return f"{header} is in no external group of the rules"


def source_files(root):
    """The C++ files below `root`, relative to it, sorted; hidden and build folders are left out."""
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if path.suffix not in SOURCE_SUFFIXES or relative.parts[0] == "build":
            continue
        if not any(part.startswith(".") for part in relative.parts) and path.is_file():
            yield relative.as_posix()


def check_file(root, name, rules):
    """The violations in one file, as printable lines."""
    unit = rules.unit_of(name)
    if unit is None:
        yield f"{name}:1: this folder is in no unit of the rules"
        return
    for number, line in enumerate((root / name).read_text(encoding="utf-8").splitlines(), start=1):
        match = INCLUDE.match(line)
        if match:
            wrong = rules.judge(unit, match[1] or match[2], quoted=match[1] is not None)
            if wrong:
                yield f"{name}:{number}: {wrong}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path, required=True, help="the project's root folder")
    parser.add_argument("--rules", type=pathlib.Path, required=True, help="the rules file")
    args = parser.parse_args()
    try:
        rules = Rules(args.rules.read_text(encoding="utf-8"))
    except (RulesError, tomllib.TOMLDecodeError, KeyError) as error:
        print(f"{args.rules}: {error}", file=sys.stderr)
        return 2
    files = list(source_files(args.root))
    violations = [line for name in files for line in check_file(args.root, name, rules)]
    for line in violations:
        print(line)
    print(f"layering: {len(files)} files, {len(violations)} violations")
    if not files:
        print(f"no C++ file below {args.root}", file=sys.stderr)
        return 2
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
