#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Usage: vmlinux.py BZIMAGE VMLINUX

Takes the ELF kernel out of an x86 boot image. QEMU enters it directly (PVH), which saves the
guest seconds of unpacking under emulation.
"""

import lzma
import struct
import subprocess
import sys


def payload(image):
    """The compressed kernel of a boot image, found by the x86 boot protocol's header."""
    if image[0x202:0x206] != b"HdrS":
        raise ValueError("not an x86 boot image")
    sectors = image[0x1F1] or 4
    offset, length = struct.unpack_from("<II", image, 0x248)
    start = (sectors + 1) * 512 + offset
    return image[start:start + length]


def unpack(data):
    # the unpacked size follows the compressed stream
    data = data[:-4]
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        return subprocess.run(["zstd", "-dc"], input=data, stdout=subprocess.PIPE,
                              check=True).stdout
    if data.startswith(b"\xfd7zXZ\0"):
        return lzma.decompress(data)
    raise ValueError("compressed in a way that is not known here")


def main():
    source, target = sys.argv[1:]
    try:
        with open(source, "rb") as file:
            kernel = unpack(payload(file.read()))
        if not kernel.startswith(b"\x7fELF"):
            raise ValueError("no ELF kernel inside")
        with open(target, "wb") as file:
            file.write(kernel)
    except (OSError, ValueError, lzma.LZMAError, subprocess.CalledProcessError) as error:
        sys.exit(f"vmlinux.py: {source}: {error}")


if __name__ == "__main__":
    main()
