// Owners of HDF5 handles, and HDF5's error stack as text. Only .cpp files of src/hdf5, src/store
// and the simulator's writer (ingest/simulated/nwb_writer.cpp) include it: nothing of HDF5 is seen
// above.
#pragma once

#include "trialbase/error.hpp"

#include <cfenv>
#include <string>
#include <utility>

#include <hdf5.h>

namespace tb::hdf5 {

/// Innermost and outermost message of the failed call's error stack; empty when there is none.
[[nodiscard]] std::string last_h5_error();

/// What the HDF5 library needs in every thread before its first call: no printing of errors, no
/// file locks (files are read, or never change; network storage may have none).
void prepare_h5();

/// Keeps the library to one thread at a time while it exists; may be nested. Afterwards the
/// processor computes as before: filters that were built with -ffast-math (Debian's bitshuffle)
/// tell it, when they are loaded, to take numbers below 2.2e-308 as zero.
class H5Guard {
  public:
    H5Guard();
    ~H5Guard();
    H5Guard(const H5Guard&) = delete;
    H5Guard& operator=(const H5Guard&) = delete;

  private:
    std::fenv_t mode_{};
};

/// Owns a handle; a failed call says what was being done.
template <herr_t (*Close)(hid_t)>
class Handle {
  public:
    Handle() = default;
    Handle(hid_t id, const std::string& doing) : id_(id) {
        if (id_ < 0) throw Error(ErrorKind::io, "cannot " + doing + ": " + last_h5_error());
    }
    Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)) {}
    Handle& operator=(Handle&& other) noexcept { return std::swap(id_, other.id_), *this; }
    ~Handle() {
        if (id_ >= 0) Close(id_);
    }
    [[nodiscard]] hid_t get() const noexcept { return id_; }
    [[nodiscard]] explicit operator bool() const noexcept { return id_ >= 0; }
    /// Takes whatever came, good or not: for callers that judge by themselves.
    [[nodiscard]] static Handle unchecked(hid_t id) {
        Handle handle;
        handle.id_ = id;
        return handle;
    }

  private:
    hid_t id_ = H5I_INVALID_HID;
};
using File = Handle<H5Fclose>;
using Group = Handle<H5Gclose>;
using Object = Handle<H5Oclose>;
using Dataset = Handle<H5Dclose>;
using Space = Handle<H5Sclose>;
using Type = Handle<H5Tclose>;
using PropertyList = Handle<H5Pclose>;
using AttributeHandle = Handle<H5Aclose>;

/// @throws tb::Error (io) when `result` says that the call failed
void check_h5(herr_t result, const std::string& doing);

}  // namespace tb::hdf5
