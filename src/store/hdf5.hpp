// What the store needs of HDF5 beyond src/hdf5: types of arrays, text attributes. Used in
// src/store/*.cpp alone.
#pragma once

#include "src/hdf5/handle.hpp"
#include "trialbase/array.hpp"
#include "trialbase/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace tb::store {

using Attribute = hdf5::AttributeHandle;
using hdf5::check_h5;
using hdf5::Dataset;
using hdf5::File;
using hdf5::Group;
using hdf5::H5Guard;
using hdf5::Handle;
using hdf5::last_h5_error;
using hdf5::Object;
using hdf5::prepare_h5;
using hdf5::PropertyList;
using hdf5::Space;
using hdf5::Type;

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
