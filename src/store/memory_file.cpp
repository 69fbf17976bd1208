#include "src/store/memory_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <unistd.h>

namespace tb::store {

// (H5Fget_file_image of 1.10 clears a flag without mending the superblock's checksum: the memory
// itself is kept when the file is closed.)
extern "C" {
static void* image_malloc(std::size_t size, H5FD_file_image_op_t, void*) {
    return std::malloc(size);
}
static void* image_memcpy(void* to, const void* from, std::size_t size, H5FD_file_image_op_t,
                          void*) {
    return std::memcpy(to, from, size);
}
static void* image_realloc(void* bytes, std::size_t size, H5FD_file_image_op_t, void*) {
    return std::realloc(bytes, size);
}
static herr_t image_free(void* bytes, H5FD_file_image_op_t operation, void* image) {
    if (operation == H5FD_FILE_IMAGE_OP_FILE_CLOSE) {
        static_cast<MemoryFile*>(image)->keep(bytes);
    } else {
        std::free(bytes);
    }
    return 0;
}
static void* image_keep(void* image) {
    return image;
}
static herr_t image_let_be(void*) {
    return 0;
}
}

MemoryFile::~MemoryFile() {
    clear();
}

void MemoryFile::clear() {
    std::free(std::exchange(bytes_, nullptr));
    size_ = 0;
}

PropertyList MemoryFile::access(const std::string& doing) {
    PropertyList access(H5Pcreate(H5P_FILE_ACCESS), doing);
    check_h5(H5Pset_fapl_core(access.get(), 1U << 20, false), doing);
    H5FD_file_image_callbacks_t callbacks{image_malloc, image_memcpy, image_realloc, image_free,
                                          image_keep,   image_let_be, this};
    check_h5(H5Pset_file_image_callbacks(access.get(), &callbacks), doing);
    return access;
}

void MemoryFile::finish(File& file, const std::string& doing) {
    check_h5(H5Fflush(file.get(), H5F_SCOPE_GLOBAL), doing);
    // The file's own size; H5Fget_filesize would tell that of the memory behind it.
    const auto size = H5Fget_file_image(file.get(), nullptr, 0);
    if (size <= 0) throw Error(ErrorKind::io, "cannot " + doing + ": " + last_h5_error());
    file = File();
    if (bytes_ == nullptr) throw Error(ErrorKind::internal, "cannot " + doing);
    size_ = static_cast<std::size_t>(size);
}

int write_all(int descriptor, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const auto n = ::write(descriptor, bytes.data(), bytes.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return n < 0 ? errno : ENOSPC;
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return 0;
}

}  // namespace tb::store
