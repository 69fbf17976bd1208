"""Arrays and tables of a trialbase database for numpy and pandas.

    import psycopg2, trialbase as tb
    connection = psycopg2.connect("service=ourlab")
    session = tb.find_session(connection, "cortexlab/KS014/2019-09-12/001")
    trace = tb.preprocessed_trace(connection, session, fiber=0, start=60, stop=120)

Needs numpy, h5py and psycopg2 (Debian: python3-numpy, python3-h5py, python3-psycopg2); with pandas there are frames.
Times are seconds on the session's clock. Every function takes a psycopg2 connection and only reads.
"""

import os
import re
import stat
import uuid

import h5py
import numpy as np

try:
    import pandas as pd
except ImportError:  # frames are offered, not needed
    pd = None

__all__ = ["Array", "PeriEvent", "StoreError", "NotFound", "store_root", "find_session", "array_info", "read_array",
           "raw_trace", "preprocessed_trace", "wheel_velocity", "peri_event", "query"]


class NotFound(LookupError):
    """No such session, array or signal in the database."""


class StoreError(OSError):
    """The array store is not there, or a file of it is missing or damaged."""


def _rows(connection, sql, values=()):
    """Rows of a statement as dictionaries. Values always go in as parameters."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row)) for row in cursor.fetchall()]


def query(connection, sql, values=()):
    """Rows of a statement: a pandas frame, or a list of dictionaries without pandas."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        names = [column.name for column in cursor.description]
        rows = cursor.fetchall()
    if pd is None:
        return [dict(zip(names, row)) for row in rows]
    return pd.DataFrame(rows, columns=names)


def find_session(connection, name):
    """Key (uuid.UUID) of the session that a name means: a key or its first digits, or lab/subject/date/number."""
    rows = _rows(connection,
                 "select f.session_id::text as key, analysis.session_name(f.session_id) as name "
                 "from analysis.find_sessions(%s) as f (session_id) order by 2 limit 6", [str(name)])
    if not rows:
        raise NotFound(f"no session is named {name!r}")
    if len(rows) > 1:
        candidates = ", ".join(f"{row['name']} ({row['key'][:8]})" for row in rows[:5])
        raise NotFound(f"{name!r} names several sessions: {candidates}{', ...' if len(rows) > 5 else ''}")
    return uuid.UUID(rows[0]["key"])


# --- the store

def store_root(connection, store=None):
    """Root of the array store: the argument, else TRIALBASE_STORE, else what the database knows."""
    root = store or os.environ.get("TRIALBASE_STORE")
    if not root and _rows(connection, "select to_regclass('store.store') is not null as is_there")[0]["is_there"]:
        known = _rows(connection, "select root from store.store")
        root = known[0]["root"] if known else None
    if not root:
        raise StoreError("the database does not know where its array store is: give store=, or set TRIALBASE_STORE")
    root = os.path.abspath(root)
    if not os.path.isdir(root):
        raise StoreError(f"there is no array store at {root}: is it mounted? (store= or TRIALBASE_STORE name another place)")
    return root


def _file_of_store(root, name):
    """Path of a file of the store; nothing on the way to it may be a link, and it must be a regular file."""
    parts = name.split("/")
    if not name.endswith(".h5") or any(part in ("", ".", "..") for part in parts):
        raise StoreError(f"{name!r} is no name of a file of the store")
    path = root
    for i, part in enumerate(parts):
        path = os.path.join(path, part)
        try:
            mode = os.lstat(path).st_mode
        except OSError as error:
            raise StoreError(f"the store has lost {name}: {error.strerror} ({path})") from None
        is_last = i + 1 == len(parts)
        if not (stat.S_ISREG(mode) if is_last else stat.S_ISDIR(mode)):
            raise StoreError(f"{name} of the store is damaged: {path} is no {'regular file' if is_last else 'folder'}")
    return path


def _dataset_of(file, name, ref):
    """A dataset reached by hard links alone, whose elements lie in the file itself."""
    place = file
    parts = name.split("/")
    for part in parts:
        if not isinstance(place, h5py.Group):
            raise StoreError(f"{ref} of the store is damaged: it leads through something that is no group")
        link = place.get(part, getlink=True)
        if link is None:
            raise StoreError(f"{ref} of the store is damaged: the file has no {name}")
        if not isinstance(link, h5py.HardLink):
            raise StoreError(f"{ref} of the store is damaged: it leads out of its place by a link")
        place = place[part]
    if not isinstance(place, h5py.Dataset):
        raise StoreError(f"{ref} of the store is damaged: it is no dataset")
    if place.external or place.is_virtual:
        raise StoreError(f"{ref} of the store is damaged: its elements lie in other files")
    return place


class Array:
    """A signal with the time of each row.

    values  numpy array, first axis is time (or trials' rows where `times` is None)
    times   seconds of the rows on the session's clock, or None (see read_array)
    unit    unit of the values, or None
    """

    def __init__(self, values, times=None, unit=None, name="value"):
        self.values, self.times, self.unit, self.name = values, times, unit, name

    def __len__(self):
        return len(self.values)

    def __array__(self, dtype=None):
        return np.asarray(self.values, dtype=dtype)

    def frame(self):
        """A pandas frame: time_s as index (where there are times), one column a signal."""
        if pd is None:
            raise ImportError("frames need pandas (Debian: python3-pandas)")
        index = None if self.times is None else pd.Index(self.times, name="time_s")
        if self.values.ndim == 1:
            return pd.DataFrame({self.name: self.values}, index=index)
        return pd.DataFrame(self.values.reshape(len(self.values), -1), index=index)


def array_info(connection, ref):
    """The row of store.array that a ref (file#dataset) or an array_id names."""
    ref = str(ref)
    is_key = re.fullmatch(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}", ref) is not None
    condition = "array_id = %s::uuid" if is_key else "ref = %s"
    rows = _rows(connection,
                 "select array_id::text, file, dataset, ref, shape, dtype, sampling_rate_hz::float8, unit, filter, about "
                 f"from store.array where {condition}", [ref])
    if not rows:
        raise NotFound(f"no array is named {ref!r}: name it by array_id or as file#dataset, columns of store.array")
    return rows[0]


def read_array(connection, ref, start=None, stop=None, store=None):
    """Rows start to stop - 1 of an array of the store, as a slice takes them (negative: from the end).

    `times` are those of its rows as store.time_axis tells them: the values of its array of times where it has one, else
    start + i / rate on the clock of the table that names it (from 0 where no table tells a start); None without either.
    """
    info = array_info(connection, ref)
    root = store_root(connection, store)
    values, first = _read_rows(root, info, start, stop)
    return Array(values, _times_of(connection, root, info, values, first), info["unit"], info["dataset"].rsplit("/", 1)[-1])


def _times_of(connection, root, info, values, first):
    """Times of the rows from `first` on of which `values` holds as many as there are; or None."""
    axis = _rows(connection, "select times_array_id::text as times, start_s, sampling_rate_hz as rate "
                             "from store.time_axis(%s::uuid)", [info["array_id"]])
    if not axis:
        return None
    if axis[0]["times"] == info["array_id"]:
        return values
    if axis[0]["times"]:
        return _read_rows(root, array_info(connection, axis[0]["times"]), first, first + len(values))[0]
    return (axis[0]["start_s"] or 0.0) + (first + np.arange(len(values))) / axis[0]["rate"]


def _read_rows(root, info, start, stop):
    """Rows start to stop - 1 of the array of a row of store.array, and the number of the first one."""
    path = _file_of_store(root, info["file"])
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise StoreError(f"{info['file']} of the store is damaged: {error}") from None
    with file:
        dataset = _dataset_of(file, info["dataset"], info["ref"])
        if list(dataset.shape) != list(info["shape"]) or dataset.dtype.name != info["dtype"]:
            raise StoreError(f"{info['ref']} of the store is damaged: it holds {dataset.shape} of {dataset.dtype.name}, "
                             f"the database says {tuple(info['shape'])} of {info['dtype']}")
        try:
            if not dataset.shape:
                return np.asarray(dataset[()]), 0
            first, last, _ = slice(start, stop).indices(dataset.shape[0])
            values = dataset[first:max(first, last)]
        except OSError as error:
            needed = " (it needs the HDF5 plug-in for filter 32008)" if "lz4" in info["filter"] else ""
            raise StoreError(f"{info['ref']} of the store cannot be read{needed}: {error}") from None
    return values, first


# --- photometry and wheel

def _one(rows, what):
    if not rows:
        raise NotFound(f"there is no {what}; trialbase errors says why, if the session was populated")
    return rows[0]


def _window(start_s, rate_hz, n, start, stop):
    """Rows of an evenly sampled signal at times from start on, before stop [s, session clock]."""
    first = 0 if start is None else int(np.clip(np.ceil((start - start_s) * rate_hz - 1e-6), 0, n))
    last = n if stop is None else int(np.clip(np.ceil((stop - start_s) * rate_hz - 1e-6), 0, n))
    return first, max(first, last)


def _even(connection, row, array_id, name, start, stop, store):
    first, last = _window(row["start_s"], row["sampling_rate_hz"], row["n_samples"], start, stop)
    read = read_array(connection, array_id, first, last, store)
    return Array(read.values, read.times, read.unit, name)


def raw_trace(connection, session, fiber=0, band="GCaMP", start=None, stop=None, store=None):
    """Fluorescence of a fibre under one light (GCaMP, Isosbestic or RCaMP), with the frames' own times.

    start, stop: times on the recording's clock [s]; stop is not included.
    """
    session = str(find_session(connection, session))
    row = _one(_rows(connection,
                     "select s.signal_array_id::text as signal, b.times_array_id::text as times "
                     "from photometry.band_signal as s join photometry.band as b using (session_id, band) "
                     "where s.session_id = %s::uuid and s.fiber_idx = %s and s.band = %s", [session, fiber, band]),
               f"{band} signal of fibre {fiber} in session {session}")
    times = read_array(connection, row["times"], store=store).values
    first = 0 if start is None else int(np.searchsorted(times, start, "left"))
    last = len(times) if stop is None else max(first, int(np.searchsorted(times, stop, "left")))
    read = read_array(connection, row["signal"], first, last, store)
    return Array(read.values, times[first:last], read.unit, band)


def preprocessed_trace(connection, session, fiber=0, start=None, stop=None, params="default", store=None):
    """The preprocessed (z-scored) signal of a fibre on its even grid of times [s, session clock]."""
    session = str(find_session(connection, session))
    row = _one(_rows(connection,
                     "select signal_array_id::text as signal, start_s::float8, sampling_rate_hz::float8, n_samples "
                     "from photometry.preprocessed "
                     "where session_id = %s::uuid and fiber_idx = %s and preprocess_params_id = %s",
                     [session, fiber, params]),
               f"preprocessed signal of fibre {fiber} in session {session} (parameters {params})")
    return _even(connection, row, row["signal"], "signal", start, stop, store)


def wheel_velocity(connection, session, start=None, stop=None, params="default", store=None):
    """Velocity of the wheel [rad/s] on its even grid of times [s, session clock]."""
    session = str(find_session(connection, session))
    row = _one(_rows(connection,
                     "select velocity_array_id::text as signal, start_s::float8, sampling_rate_hz::float8, n_samples "
                     "from task.wheel_velocity where session_id = %s::uuid and wheel_params_id = %s", [session, params]),
               f"wheel velocity in session {session} (parameters {params})")
    return _even(connection, row, row["signal"], "velocity_rad_s", start, stop, store)


class PeriEvent(Array):
    """Signals around the events of trials: values (n_trials, n_samples), times offsets from the event [s].

    A trial without the event is a row of NaN. trials are the trials' numbers, from 1.
    """

    def __init__(self, values, times, trials, unit=None, name="response"):
        super().__init__(values, times, unit, name)
        self.trials = trials

    def n(self):
        """Trials that have a value, at each offset."""
        return np.sum(~np.isnan(self.values), axis=0)

    def mean(self):
        """Mean over trials at each offset; NaN where no trial has a value."""
        n = self.n()
        return np.divide(np.nansum(self.values, axis=0), n, out=np.full(n.shape, np.nan), where=n > 0)

    def sem(self):
        """Standard error of the mean at each offset (sample standard deviation / sqrt(n)); NaN below two trials."""
        n = self.n()
        squares = np.nansum((self.values - self.mean()) ** 2, axis=0)
        variance = np.divide(squares, n - 1, out=np.full(n.shape, np.nan), where=n > 1)
        return np.sqrt(np.divide(variance, n, out=np.full(n.shape, np.nan), where=n > 1))

    def frame(self):
        """A pandas frame: one row a trial (index trial), one column an offset (columns time_s)."""
        if pd is None:
            raise ImportError("frames need pandas (Debian: python3-pandas)")
        return pd.DataFrame(self.values, index=pd.Index(self.trials, name="trial"),
                            columns=pd.Index(self.times, name="time_s"))


def peri_event(connection, session, fiber=0, event="stimOn_times", preprocess="default", params="default", store=None):
    """Traces around an event (stimOn_times, firstMovement_times, feedback_times), one row a trial, as stored:
    neither is the baseline subtracted nor is left out what comes after the trial's next event."""
    session = str(find_session(connection, session))
    row = _one(_rows(connection,
                     "select r.traces_array_id::text as traces, s.n_trials, s.n_samples, s.sampling_rate_hz::float8, "
                     "s.first_offset_s::float8 from photometry.response as r "
                     "join photometry.response_set as s using (session_id, fiber_idx, preprocess_params_id, response_params_id) "
                     "where session_id = %s::uuid and fiber_idx = %s and r.event = %s "
                     "and preprocess_params_id = %s and response_params_id = %s",
                     [session, fiber, event, preprocess, params]),
               f"response to {event} of fibre {fiber} in session {session} (parameters {preprocess}, {params})")
    read = read_array(connection, row["traces"], store=store)
    if read.values.shape != (row["n_trials"], row["n_samples"]):
        raise StoreError(f"the traces have the shape {read.values.shape}, expected "
                         f"({row['n_trials']}, {row['n_samples']})")
    # Offsets are whole samples: rounded, so that 0 is 0.
    times = np.round(row["first_offset_s"] + np.arange(row["n_samples"]) / row["sampling_rate_hz"], 9)
    return PeriEvent(read.values, times, np.arange(1, row["n_trials"] + 1), read.unit)
