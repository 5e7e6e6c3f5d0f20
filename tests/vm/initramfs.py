# SPDX-License-Identifier: GPL-2.0-only
"""The guest's first root, as the cpio archive ("newc") that the kernel unpacks into memory."""

import lzma
import os
import stat


class Archive:
    """Collects members; write() makes the archive. Names are relative, parents come first."""

    def __init__(self):
        self.parts = []
        self.inode = 0

    def folder(self, name):
        self._member(name, stat.S_IFDIR | 0o755, b"")

    def file(self, name, content, mode=0o644):
        self._member(name, stat.S_IFREG | mode, content)

    def write(self, file):
        self._member("TRAILER!!!", 0, b"")
        file.writelines(self.parts)

    def _member(self, name, mode, content):
        self.inode += 1
        raw = os.fsencode(name) + b"\0"
        # ino, mode, uid, gid, nlink, mtime, size, dev (2), rdev (2), length of name, check
        fields = (self.inode, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(raw), 0)
        header = b"070701" + b"".join(b"%08X" % field for field in fields) + raw
        self.parts += [header, bytes(-len(header) % 4), content, bytes(-len(content) % 4)]


def read_module(kernel, release, path):
    """A module of a kernel that scripts/setup unpacked, uncompressed."""
    full = os.path.join(kernel, "lib/modules", release, "kernel", path)
    if os.path.exists(full):
        with open(full, "rb") as file:
            return file.read()
    with lzma.open(full + ".xz") as file:
        return file.read()
