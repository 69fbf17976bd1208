"""Reads an exported session file and the reference's example as the photometry pipeline's Python
package does (h5py), and compares their trees: names, types, attributes, compression.

Usage: session_h5.py EXPORTED EXAMPLE
Ends with 77, saying so, where h5py is not installed (Debian: python3-h5py).
Source: spec/photometry.md, 16.
"""

import sys
from datetime import datetime

try:
    import h5py
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing}; install Debian's python3-h5py", file=sys.stderr)
    sys.exit(77)

SCALARS = ["eid", "subject", "start_time", "number", "task_protocol", "session_type", "lab", "NM", "strain", "line",
           "end_time", "session_length", "day_n", "session_n", "url"]
LISTS = ["genotype", "projects", "users", "brain_region", "hemisphere", "target_NM", "datasets"]
# Columns of ours beside the reference's.
OUR_QC = {"n_unique_samples_reference", "n_windows"} | {
    f"{part}_{metric}" for part in ("whole", "window") for metric in
    ("ar_score", "median_absolute_deviance", "percentile_asymmetry", "percentile_distance")}
# The example comes from trials whose choices are floating-point numbers; they keep the type of their source.
OTHER_TYPE = {"trials/choice", "trials/feedbackType"}
faults = []


def expect(is_so, what):
    if not is_so:
        faults.append(what)


def type_of(value):
    """What h5py makes of an attribute."""
    return type(value).__name__ if not isinstance(value, np.ndarray) else f"{value.dtype} {value.shape}"


def read(path):
    """The session as the reference's loaders take it apart."""
    session = {}
    with h5py.File(path, "r") as file:
        metadata = file["metadata"]
        for name in SCALARS:
            if name in metadata.attrs:
                value = metadata.attrs[name]
                value = value.item() if hasattr(value, "item") else value
                session[name] = None if isinstance(value, str) and value == "__none__" else value
        for name in LISTS:
            session[name] = [v.decode() for v in metadata[name][:]]
        session["errors"] = list(zip(*(
            [v.decode() for v in file["errors"][name][:]]
            for name in ("eid", "error_type", "error_message", "traceback")))) if len(file["errors"]) else []
        session["photometry"] = {}
        for region, group in file.get("photometry", {}).items():
            found = {}
            if "preprocessed" in group:
                one = group["preprocessed"]
                found["preprocessed"] = (one["times"][:], one["signal"][:].astype(np.float64), one.attrs["fs"])
            if "responses" in group:
                one = group["responses"]
                events = [name for name in one.keys() if name not in ("times", "trials")]
                stacked = np.stack([one[name][:].astype(np.float64) for name in events])
                found["responses"] = (events, stacked, one["trials"][:], one["times"][:])
            if "qc" in group:
                found["qc"] = {name: column[:].astype(str) if column.dtype.kind == "S" else column[:]
                               for name, column in group["qc"].items()}
            session["photometry"][region] = found
        if "trials" in file:
            session["trials"] = {name: column[:].astype(str) if column.dtype.kind == "S" else column[:]
                                 for name, column in file["trials"].items()}
        if "wheel/responses" in file:
            one = file["wheel/responses"]
            session["wheel"] = (one["velocity"][:], {name: one.attrs[name] for name in ("fs", "t0_event", "t1_event")})
    return session


def tree(path):
    """Every group and dataset by path; every region goes by the name REGION."""
    entries = {}

    def add(name, item):
        parts = name.split("/")
        if parts[0] == "photometry" and len(parts) > 1:
            parts[1] = "REGION"
        where = "/".join(parts)
        attributes = {key: type_of(value) for key, value in item.attrs.items()}
        if isinstance(item, h5py.Group):
            entry = ("group", attributes)
        else:
            text = h5py.check_string_dtype(item.dtype)
            kind = str(item.dtype) if text is None else ("fixed text" if text.length else f"text {text.encoding}")
            entry = (kind, item.ndim, item.compression, item.compression_opts, attributes)
        expect(entries.setdefault(where, entry) == entry, f"{name}: {entry}, in another region {entries[where]}")

    with h5py.File(path, "r") as file:
        file.visititems(add)
        expect(not file.attrs.keys(), f"{path}: the root has attributes")
    return entries


def compare_trees(ours, example):
    for name, entry in example.items():
        if name not in ours:
            # Groups are there as far as the session has what belongs in them.
            expect(name.split("/")[0] in ("wheel", "errors"), f"{name} is missing")
        elif name == "metadata":
            for key, kind in entry[1].items():
                expect(key in ours[name][1] or key == "number", f"metadata@{key} is missing")
                expect(ours[name][1].get(key, kind) in (kind, "str"), f"metadata@{key}: {ours[name][1].get(key)}, not {kind}")
            expect(set(ours[name][1]) <= set(SCALARS), f"metadata has {set(ours[name][1]) - set(SCALARS)}")
        elif name in OTHER_TYPE:
            expect(ours[name][0] in ("int64", "float64"), f"{name}: {ours[name][0]}")
            expect(ours[name][1:] == entry[1:], f"{name}: {ours[name]}, not {entry}")
        else:
            expect(ours[name] == entry, f"{name}: {ours[name]}, not {entry}")
    for name, entry in ours.items():
        last = name.split("/")[-1]
        if name in example:
            continue
        if "/qc/" in name:
            expect(last in OUR_QC or last in ("median_absolute_deviance", "percentile_distance", "percentile_asymmetry"),
                   f"{name} is no column that the reference or we have")
            expect(entry[0] in ("float64", "int64"), f"{name}: {entry[0]}")
        else:
            expect(name == "photometry/REGION/responses/firstMovement_times", f"{name} is not in the layout")
            expect(entry == example["photometry/REGION/responses/stimOn_times"], f"{name}: {entry}")


def check_values(session):
    """What the reference does with what it has read must work."""
    for name in ("start_time", "end_time"):
        if session[name] is not None:
            moment = datetime.fromisoformat(session[name])
            expect(moment.tzinfo is None, f"{name} has a time zone, the reference's have none")
    int(session.get("number", 0))
    n_recordings = {len(session[name]) for name in ("brain_region", "hemisphere", "target_NM")}
    expect(len(n_recordings) == 1, "brain_region, hemisphere and target_NM are of different lengths")
    n_trials = len(session["trials"]["stimOn_times"]) if "trials" in session else None
    for region, found in session["photometry"].items():
        expect(region in session["brain_region"], f"region {region} is not in the metadata")
        if "preprocessed" in found:
            times, signal, fs = found["preprocessed"]
            expect(len(times) == len(signal) > 0 and np.all(np.diff(times) > 0), f"{region}: times")
            expect(abs(1 / np.median(np.diff(times)) - fs) < 1e-6, f"{region}: times are not at {fs} Hz")
            expect(np.all(np.isfinite(signal)), f"{region}: the signal has gaps")
        if "responses" in found:
            events, stacked, trials, times = found["responses"]
            expect(stacked.shape == (len(events), len(trials), len(times)), f"{region}: responses are {stacked.shape}")
            expect(list(trials) == list(range(n_trials)), f"{region}: trials are not the table's")
            expect(np.array_equal(times, np.arange(-30, 30) / 30), f"{region}: times around events")
        if "qc" in found:
            expect(set(found["qc"]["brain_region"]) == {region}, f"{region}: qc is of {found['qc']['brain_region']}")
            expect(set(found["qc"]["eid"]) == {session["eid"]}, f"{region}: qc of another session")
            gcamp = found["qc"]["band"] == "GCaMP"
            expect(np.all(np.isnan(found["qc"]["bleaching_tau"][~gcamp])), f"{region}: bleaching_tau of the isosbestic band")
    if "wheel" in session:
        expect(session["wheel"][0].shape[0] == n_trials, "the wheel's rows are not the trials")
        expect(session["wheel"][0].dtype == np.float32, "the wheel is not float32")


exported, example = sys.argv[1], sys.argv[2]
compare_trees(tree(exported), tree(example))
check_values(read(exported))
for fault in faults:
    print(f"session_h5: {fault}", file=sys.stderr)
sys.exit(1 if faults else 0)
