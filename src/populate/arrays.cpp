#include "src/populate/arrays.hpp"

#include "src/store/store_identity.hpp"

#include <algorithm>

namespace tb::populate {

namespace {

/// Recordings of some twenty sessions of an hour; beside what computations take, a worker stays
/// well below 500 MB.
constexpr std::size_t most_kept_bytes = std::size_t{192} << 20;

}  // namespace

KeyArrays::KeyArrays(const store::StoreOptions& options)
    : store_(options), reader_(options), cache_(reader_, most_kept_bytes) {}

void KeyArrays::set_aside(const TableInfo& table, ClaimedKey& key) {
    key.file.reset();
    key.is_published = false;
    if (key.output.arrays.empty()) return;
    auto file =
        std::make_shared<store::ArrayFile>(store_.begin_file(table.name, key.text, key.run_id));
    for (auto& array : key.output.arrays) {
        file->add(array.array_id, array.name, array.values, array.meta);
        array.values = Array{};  // large; the file has it
    }
    key.output.arrays.clear();
    file->set_aside();
    key.file = std::move(file);
    ++waiting_;
}

void KeyArrays::require_store(db::Session& session, const std::vector<ClaimedKey*>& keys) const {
    const auto& access = store_.options().access;
    if (access && std::ranges::any_of(keys, [](const auto* key) { return key->file != nullptr; }))
        access->require_still_ours(session);
}

std::vector<std::optional<Error>> KeyArrays::publish(const std::vector<ClaimedKey*>& keys) {
    std::vector<std::optional<Error>> errors(keys.size());
    std::vector<store::ArrayFile*> files;
    std::vector<std::size_t> of_key;
    for (std::size_t k = 0; k < keys.size(); ++k) {
        if (!keys[k]->file || keys[k]->is_published) continue;
        files.push_back(keys[k]->file.get());
        of_key.push_back(k);
    }
    if (files.empty()) return errors;
    waiting_ = 0;
    const auto failed = store::ArrayStore::publish(files);
    for (std::size_t i = 0; i < files.size(); ++i) {
        auto& key = *keys[of_key[i]];
        key.is_published = !failed[i].has_value();
        if (failed[i]) {
            errors[of_key[i]] = failed[i];
            key.file.reset();
        }
    }
    return errors;
}

void KeyArrays::discard(ClaimedKey& key) noexcept {
    if (!key.file) return;
    key.file->discard();
    key.file.reset();
    key.is_published = false;
}

std::vector<const store::StoredArray*> stored_arrays(const std::vector<const ClaimedKey*>& keys) {
    std::vector<const store::StoredArray*> arrays;
    for (const auto* key : keys) {
        if (!key->file) continue;
        for (const auto& array : key->file->arrays()) arrays.push_back(&array);
    }
    return arrays;
}

}  // namespace tb::populate
