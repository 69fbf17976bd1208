// Owners of HDF5 handles, and HDF5's error stack as text. Used in src/store/*.cpp alone.
#pragma once

#include "trialbase/array.hpp"
#include "trialbase/error.hpp"

#include <cfenv>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <hdf5.h>

namespace tb::store {

/// Innermost and outermost message of the failed call's error stack; empty when there is none.
[[nodiscard]] std::string last_h5_error();

/// What the HDF5 library needs in every thread before its first call: no printing of errors, no
/// file locks (files of the store never change, and network storage may have none).
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
using Attribute = Handle<H5Aclose>;

/// @throws tb::Error (io) when `result` says that the call failed
void check_h5(herr_t result, const std::string& doing);

/// In-memory type of `float64`, ... @throws tb::Error (internal) for another name
[[nodiscard]] hid_t native_type(std::string_view dtype);
/// The same as it lies in files: little-endian.
[[nodiscard]] hid_t file_type(std::string_view dtype);
/// Name of a file's type, empty when arrays cannot hold it; `is_raw` when its bytes are ours.
[[nodiscard]] std::string dtype_name(hid_t type, bool& is_raw);

/// An array of a type with room for `n` values. Values are zero.
[[nodiscard]] Array make_array(std::string_view dtype, std::size_t n);
[[nodiscard]] std::size_t dtype_size(std::string_view dtype);
/// Where an array's values lie.
[[nodiscard]] std::byte* writable_bytes(Array& array);

/// A text attribute (UTF-8, variable length as h5py writes it), or a number.
void write_attribute(hid_t object, const char* name, std::string_view text);
void write_attribute(hid_t object, const char* name, double number);
/// Empty when there is none, or it is no text.
[[nodiscard]] std::string read_text_attribute(hid_t object, const char* name);

}  // namespace tb::store
