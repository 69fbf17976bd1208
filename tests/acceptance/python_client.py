"""Checks of clients/python/trialbase.py: CONNINFO STORE TRIALBASE WORK."""
import os
import shutil
import subprocess
import sys

import h5py
import numpy as np
import psycopg2

import trialbase as tb

conninfo, store, program, work = sys.argv[1:]
os.environ.pop("TRIALBASE_STORE", None)
connection = psycopg2.connect(conninfo)
connection.set_session(readonly=True)
checked = 0


def expect(what, is_so):
    global checked
    checked += 1
    if not is_so:
        sys.exit(f"not so: {what}")


def refuses(what, error, call, word=""):
    try:
        call()
    except error as refusal:
        expect(f"{what}: {refusal}", word in str(refusal))
    else:
        sys.exit(f"not refused: {what}")


def slice_of(ref, *options):
    """Rows of an array as the program's own reader prints them."""
    text = subprocess.run([program, "array", "slice", ref, *options], check=True, capture_output=True, text=True).stdout
    return np.array([[float(cell or "nan") for cell in line.split(",")] for line in text.splitlines()[1:]])


sessions = tb._rows(connection, "select distinct session_id::text as key from photometry.response_set order by 1")
expect("there are sessions with responses", sessions)
key = sessions[0]["key"]
named = tb._rows(connection, "select analysis.session_name(%s::uuid) as name", [key])[0]["name"]
expect("a session by its path", str(tb.find_session(connection, named)) == key)
refuses("a session that is not there", tb.NotFound, lambda: tb.find_session(connection, "nolab/nobody/2020-01-01/001"), "nobody")

# Any array: all of it, some rows, the last ones; by ref and by key.
arrays = tb._rows(connection, "select array_id::text, ref, shape, dtype, sampling_rate_hz::float8 as rate from store.array "
                              "where cardinality(shape) = 1 order by ref limit 12")
for row in arrays:
    whole = tb.read_array(connection, row["ref"], store=store)
    expect(f"{row['ref']} has its shape", list(whole.values.shape) == row["shape"] and whole.values.dtype.name == row["dtype"])
    some = tb.read_array(connection, row["array_id"], 3, 9, store=store)
    expect(f"rows 3 to 8 of {row['ref']}", np.array_equal(some.values, whole.values[3:9], equal_nan=True))
    theirs = slice_of(row["array_id"], "--rows", "3:9")[:, -1]
    expect(f"{row['ref']} as the program reads it", np.allclose(some.values.astype(float), theirs, rtol=1e-12, equal_nan=True))
    last = tb.read_array(connection, row["ref"], -2, store=store)
    expect(f"the last rows of {row['ref']}", np.array_equal(last.values, whole.values[-2:], equal_nan=True))
    expect(f"times of some rows of {row['ref']}", np.array_equal(some.times, whole.times[3:9]))
    theirs = slice_of(row["array_id"], "--time", f"{whole.times[3]!r}:{whole.times[9]!r}")[:, -1]
    expect(f"{row['ref']} between two times", np.allclose(theirs, some.values.astype(float), rtol=1e-12, equal_nan=True))

# The times of an array are those that its session's tables tell.
def one(sql):
    return tb._rows(connection, sql, [key])[0]

for what, sql in (
        ("fluorescence", "select signal_array_id::text as id, times_array_id::text as times from photometry.band_signal "
                         "join photometry.band using (session_id, band) where session_id = %s::uuid limit 1"),
        ("the wheel", "select position_array_id::text as id, times_array_id::text as times from task.wheel_recording "
                      "where session_id = %s::uuid")):
    row = one(sql)
    read, times = tb.read_array(connection, row["id"], store=store), tb.read_array(connection, row["times"], store=store)
    expect(f"{what} has the times of its samples", np.array_equal(read.times, times.values) and read.times[0] != 0)
    expect("and these are their own", np.array_equal(times.times, times.values))
row = one("select signal_array_id::text as id, start_s::float8, sampling_rate_hz::float8 as rate from photometry.preprocessed "
          "where session_id = %s::uuid and preprocess_params_id = 'default' order by fiber_idx limit 1")
read = tb.read_array(connection, row["id"], 10, 20, store=store)
expect("the preprocessed signal begins where it does", np.allclose(read.times, row["start_s"] + np.arange(10, 20) / row["rate"]))
row = one("select traces_array_id::text as id from photometry.response where session_id = %s::uuid limit 1")
expect("trials have no times", tb.read_array(connection, row["id"], 0, 2, store=store).times is None)
refuses("an array that is not there", tb.NotFound, lambda: tb.read_array(connection, "a.h5#b", store=store))

# Signals of a session, with the session's clock.
trace = tb.preprocessed_trace(connection, named, fiber=0, start=10, stop=12, store=store)
row = tb._rows(connection, "select start_s::float8, sampling_rate_hz::float8 as rate, n_samples, signal_array_id::text as id "
                           "from photometry.preprocessed where session_id = %s::uuid and fiber_idx = 0 "
                           "and preprocess_params_id = 'default'", [key])[0]
expect("only times asked for", trace.times[0] >= 10 and trace.times[-1] < 12)
expect("all of them", len(trace) == int(round(2 * row["rate"])))
whole = tb.preprocessed_trace(connection, key, store=store)
expect("the whole signal", len(whole) == row["n_samples"] and abs(whole.times[0] - row["start_s"]) < 1e-9)
expect("z-scored", abs(np.mean(whole.values)) < 0.5 and 0.5 < np.std(whole.values) < 2)
raw = tb.raw_trace(connection, key, 0, "GCaMP", start=20, stop=21, store=store)
expect("raw times ascend within what was asked", np.all(np.diff(raw.times) > 0) and 20 <= raw.times[0] and raw.times[-1] < 21)
everything = tb.raw_trace(connection, key, 0, "GCaMP", store=store)
first = np.searchsorted(everything.times, 20)
expect("raw values", np.array_equal(raw.values, everything.values[first:first + len(raw)]))
refuses("a band that is not there", tb.NotFound, lambda: tb.raw_trace(connection, key, 0, "Violet", store=store), "Violet")

# Peri-event matrices: a row of the matrix is the signal at the event's offsets.
peri = tb.peri_event(connection, key, 0, "feedback_times", store=store)
events = tb._rows(connection, "select trial, feedback_s::float8 as at from task.choice_trial where session_id = %s::uuid "
                              "order by trial", [key])
expect("a row a trial", peri.values.shape == (len(events), len(peri.times)))
expect("offset 0 is among the times", np.any(peri.times == 0))
valid = [i for i in range(len(events)) if not np.isnan(peri.values[i]).any()]
expect("trials with traces", len(valid) > 10)
i = valid[5]
nearest = np.interp(events[i]["at"] + peri.times, whole.times, whole.values)
expect("a trace is the signal around its event", np.corrcoef(nearest, peri.values[i])[0, 1] > 0.8)
mean, sem, n = peri.mean(), peri.sem(), peri.n()
column = peri.values[~np.isnan(peri.values[:, 3]), 3]
expect("mean, SEM and n", n[3] == len(column) and np.isclose(mean[3], column.mean())
       and np.isclose(sem[3], column.std(ddof=1) / np.sqrt(len(column))))
expect("n, mean and SEM of nothing", np.isnan(tb.PeriEvent(np.full((2, 1), np.nan), [0.0], [1, 2]).mean()).all())
velocity = tb.wheel_velocity(connection, key, 10, 11, store=store)
expect("wheel", len(velocity) > 10 and abs(velocity.times[0] - 10) < 0.1)

if tb.pd is not None:
    frame = trace.frame()
    expect("a trace as a frame", frame.index.name == "time_s" and np.array_equal(frame["signal"].to_numpy(), trace.values))
    frame = peri.frame()
    expect("responses as a frame", frame.shape == peri.values.shape and frame.index[0] == 1 and frame.columns.name == "time_s")
    frame = tb.query(connection, "select session_date, lab_name from core.session where session_id = %s::uuid", [key])
    expect("a query as a frame", list(frame.columns) == ["session_date", "lab_name"] and len(frame) == 1)
else:
    print("without pandas: frames are not checked")

# A copy of the store in which files lead outside: refused, each with its reason.
info = tb.array_info(connection, row["id"])
copy = os.path.join(work, "python store")


def damaged(change):
    shutil.rmtree(copy, ignore_errors=True)
    path = os.path.join(copy, info["file"])
    os.makedirs(os.path.dirname(path))
    shutil.copyfile(os.path.join(store, info["file"]), path)
    change(path)
    return lambda: tb.read_array(connection, info["ref"], store=copy)


def with_dataset(make):
    def change(path):
        with h5py.File(path, "r+") as file:
            shape, dtype = file[info["dataset"]].shape, file[info["dataset"]].dtype
            del file[info["dataset"]]
            make(file, shape, dtype)
    return change


outside = os.path.join(work, "outside.h5")
with h5py.File(outside, "w") as file:
    file["x"] = np.zeros(info["shape"], info["dtype"])
damaged(lambda path: None)()
refuses("an external link", tb.StoreError, damaged(with_dataset(
    lambda file, shape, dtype: file.__setitem__(info["dataset"], h5py.ExternalLink(outside, "x")))), "link")
refuses("a soft link", tb.StoreError, damaged(with_dataset(
    lambda file, shape, dtype: (file.__setitem__("elsewhere", np.zeros(shape, dtype)),
                                file.__setitem__(info["dataset"], h5py.SoftLink("/elsewhere"))))), "link")
refuses("external storage", tb.StoreError, damaged(with_dataset(
    lambda file, shape, dtype: file.create_dataset(info["dataset"], shape, dtype, external=[("/etc/passwd", 0, 10**6)]))),
    "other files")


def make_virtual(file, shape, dtype):
    layout = h5py.VirtualLayout(shape, dtype)
    layout[...] = h5py.VirtualSource(outside, "x", shape)
    file.create_virtual_dataset(info["dataset"], layout)


refuses("a virtual dataset", tb.StoreError, damaged(with_dataset(make_virtual)), "other files")
refuses("another shape", tb.StoreError, damaged(with_dataset(
    lambda file, shape, dtype: file.__setitem__(info["dataset"], np.zeros(3, dtype)))), "the database says")
refuses("a file that is a link", tb.StoreError, damaged(
    lambda path: (os.remove(path), os.symlink(os.path.join(store, info["file"]), path))), "regular file")


def link_folder(path):
    folder = os.path.dirname(path)
    shutil.rmtree(folder)
    os.symlink(os.path.dirname(os.path.join(store, info["file"])), folder)


refuses("a folder that is a link", tb.StoreError, damaged(link_folder), "no folder")
refuses("a file that is a pipe", tb.StoreError, damaged(lambda path: (os.remove(path), os.mkfifo(path))), "regular file")
refuses("a file that is lost", tb.StoreError, damaged(os.remove), "lost")
refuses("a file that is no HDF5", tb.StoreError, damaged(lambda path: open(path, "wb").write(b"no")), "damaged")
refuses("a store that is not there", tb.StoreError, lambda: tb.read_array(connection, info["ref"], store=work + "/none"), "no array store")
print(f"{checked} checks")
