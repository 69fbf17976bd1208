// Walks an open HDF5 file and lists what it holds. Runs in the child process.
#pragma once

#include "src/hdf5/handle.hpp"
#include "src/hdf5/stored_type.hpp"
#include "src/hdf5/tree.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace tb::hdf5 {

struct Listing {
    std::vector<Node> nodes;
    PathsByAddress path_by_address;
    std::map<std::string, haddr_t, std::less<>> address_by_path;
};

/// Every object once, by addresses alone: no path is walked and no link followed, so nothing leads
/// out of the file. An object that cannot be opened is listed as damaged.
/// @throws ReadFailure (HostileFile) for more than `most_objects`, or groups nested too deeply
[[nodiscard]] Listing list_file(hid_t file, std::size_t most_objects);

}  // namespace tb::hdf5
