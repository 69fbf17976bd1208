#include "src/hdf5/handle.hpp"

#include <cstdlib>
#include <mutex>

namespace tb::hdf5 {

namespace {

std::recursive_mutex& library_mutex() {
    static std::recursive_mutex mutex;
    return mutex;
}

struct Walked {
    std::string innermost;
    std::string outermost;
};

extern "C" herr_t remember_error(unsigned, const H5E_error2_t* error, void* data) {
    auto& walked = *static_cast<Walked*>(data);
    const char* text = error->desc != nullptr ? error->desc : "";
    if (walked.innermost.empty()) walked.innermost = text;
    walked.outermost = text;
    return 0;
}

}  // namespace

std::string last_h5_error() {
    Walked walked;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, remember_error, &walked);
    H5Eclear2(H5E_DEFAULT);
    if (walked.innermost.empty()) return "HDF5 gave no reason";
    if (walked.outermost.empty() || walked.outermost == walked.innermost) return walked.innermost;
    return walked.outermost + " (" + walked.innermost + ")";
}

void prepare_h5() {
    static std::once_flag once;
    std::call_once(once, [] {
        // Read once, when the library first opens a file; a setting of the user's stands.
        setenv("HDF5_USE_FILE_LOCKING", "FALSE", 0);
        H5open();
    });
    thread_local const bool is_quiet = [] {
        H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
        return true;
    }();
    (void)is_quiet;
}

H5Guard::H5Guard() {
    library_mutex().lock();
    std::fegetenv(&mode_);
    prepare_h5();
}
H5Guard::~H5Guard() {
    std::fesetenv(&mode_);
    library_mutex().unlock();
}

void check_h5(herr_t result, const std::string& doing) {
    if (result < 0) throw Error(ErrorKind::io, "cannot " + doing + ": " + last_h5_error());
}

}  // namespace tb::hdf5
