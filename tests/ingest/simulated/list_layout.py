#!/usr/bin/env python3
"""Lists what an HDF5 file holds, without values: list_layout.py FILE.

Made change_layout_*.txt here, from files that the shared tools/make_change_detection_nwb.py wrote (their first
lines say how): what a simulated session's file must look like. Needs python3-h5py.
"""
import sys

import h5py

SHOWN = ("namespace", "neurodata_type", "unit", "interval", "unit_of_measurement")


def type_name(dtype):
    if h5py.check_string_dtype(dtype):
        return "text"
    if h5py.check_enum_dtype(dtype):
        return "bool"
    if h5py.check_ref_dtype(dtype):
        return "reference"
    if dtype.names:
        return "compound(" + ",".join(f"{name}:{type_name(dtype[name])}" for name in dtype.names) + ")"
    return dtype.name


def attributes(item):
    words = []
    for name in sorted(item.attrs):
        if name.startswith("."):
            continue
        attribute = item.attrs.get_id(name)
        word = f"{name}:{type_name(attribute.dtype)}:{len(attribute.shape)}"
        if name in SHOWN:
            word += f"={item.attrs[name]}"
        words.append(word)
    return "; ".join(words)


def walk(group, path):
    for name in group:
        link = group.get(name, getlink=True)
        where = path + name
        if isinstance(link, h5py.SoftLink):
            yield f"{where} -> {link.path}"
            continue
        item = group[name]
        if isinstance(item, h5py.Group):
            yield f"{where} | group | {attributes(item)}"
            yield from walk(item, where + "/")
        else:
            yield f"{where} | {type_name(item.dtype)} {len(item.shape)} | {attributes(item)}"


with h5py.File(sys.argv[1]) as file:
    lines = [f"/ | group | {attributes(file)}", *walk(file, "/")]
print("\n".join(sorted(lines)))
