#include "ingest/nwb/catalogue.hpp"

#include "trialbase/error.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace tb::nwb {

namespace {

/// Groups of the core whose values are all small fields, or that only hold others.
constexpr std::array<std::string_view, 44> known_types{"NWBFile",
                                                       "ProcessingModule",
                                                       "LabMetaData",
                                                       "Device",
                                                       "DeviceModel",
                                                       "ElectrodeGroup",
                                                       "ImagingPlane",
                                                       "OpticalChannel",
                                                       "OptogeneticStimulusSite",
                                                       "IntracellularElectrode",
                                                       "Subject",
                                                       "BehavioralEvents",
                                                       "BehavioralEpochs",
                                                       "BehavioralTimeSeries",
                                                       "PupilTracking",
                                                       "EyeTracking",
                                                       "CompassDirection",
                                                       "Position",
                                                       "LFP",
                                                       "FilteredEphys",
                                                       "FeatureExtraction",
                                                       "EventWaveform",
                                                       "ClusterWaveforms",
                                                       "Clustering",
                                                       "EventDetection",
                                                       "Fluorescence",
                                                       "DfOverF",
                                                       "ImageSegmentation",
                                                       "MotionCorrection",
                                                       "CorrectedImageStack",
                                                       "ImagingRetinotopy",
                                                       "Images",
                                                       "ScratchData",
                                                       "NWBContainer",
                                                       "NWBDataInterface",
                                                       "Epochs",
                                                       "SweepTable",
                                                       "TimeSeriesReference",
                                                       "OptogeneticSeries",
                                                       "AlignedDynamicTable",
                                                       "EventsTable",
                                                       "Database",
                                                       "ExternalImage",
                                                       "ImageReferences"};

bool is_known_type(std::string_view type) {
    return std::ranges::find(known_types, type) != known_types.end();
}

/// What lies below a plain group without a type is looked at one by one; these are the plain ones.
bool is_below(std::string_view path, std::string_view folder) {
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

class Builder {
  public:
    explicit Builder(const hdf5::UntrustedFile& file) : file_(file), tree_(file.tree()) {}

    Catalogue run() {
        check_version();
        read_info();
        read_subject();
        for (const auto& [path, node] : tree_.nodes()) {
            if (path != "/" && !is_below(path, "/specifications")) visit(node);
        }
        // Data sets of tables and series may come before their table: what is left is nobody's.
        for (const auto& [path, node] : tree_.nodes()) {
            if (path != "/" && !is_below(path, "/specifications")) list_if_not_understood(node);
        }
        return std::move(result_);
    }

  private:
    void check_version() {
        const auto* root = tree_.at("/");
        if (root == nullptr) fail_not_nwb("the file holds nothing");
        auto version = root->text_attribute("nwb_version");
        if (version.empty()) {
            const auto* old = tree_.resolve("/nwb_version");
            if (old != nullptr && old->is_dataset())
                throw Error(
                    ErrorKind::data,
                    fmt::format("{}: this is a file of NWB 1, which is not read", file_.name()),
                    "Convert it to NWB 2 with PyNWB.", "NwbVersion");
            fail_not_nwb(root->children.empty()
                             ? "the file holds no group and no attribute"
                             : "the attribute nwb_version of its root is missing");
        }
        if (version.starts_with("NWB-")) version.erase(0, 4);
        if (!version.starts_with("2")) {
            throw Error(ErrorKind::data,
                        fmt::format("{}: NWB {} is not read, only 2.x", file_.name(), version),
                        version.starts_with("1") ? "Convert it to NWB 2 with PyNWB." : "",
                        "NwbVersion");
        }
        result_.info.nwb_version = version;
    }

    [[noreturn]] void fail_not_nwb(const std::string& why) const {
        throw Error(ErrorKind::data,
                    fmt::format("{}: this is HDF5, but no NWB file: {}", file_.name(), why), {},
                    "NotNwb");
    }

    /// Texts of a data set, none when there is none; noted when it cannot be read.
    std::vector<std::string> texts(const std::string& path) {
        const auto* node = tree_.resolve(path);
        if (node == nullptr || !node->is_dataset()) return {};
        if (node->type.kind != hdf5::ValueKind::text) return {};
        try {
            auto all = file_.read_texts(path);
            consumed_.insert(node->path);
            return all;
        } catch (const Error& error) {
            result_.problems.push_back({path, error.type(), error.what()});
            return {};
        }
    }
    std::string text(const std::string& path) {
        const auto all = texts(path);
        return all.size() == 1 ? all.front() : std::string();
    }
    std::string required_text(const std::string& path) {
        if (tree_.resolve(path) == nullptr)
            result_.problems.push_back({path, "MissingDataset", "every NWB file should have it"});
        return text(path);
    }

    void read_info() {
        auto& info = result_.info;
        info.identifier = required_text("/identifier");
        info.session_description = required_text("/session_description");
        info.session_start_time = time_text(required_text("/session_start_time"));
        info.timestamps_reference_time = time_text(text("/timestamps_reference_time"));
        info.file_create_dates = texts("/file_create_date");
        info.experimenters = texts("/general/experimenter");
        info.keywords = texts("/general/keywords");
        info.related_publications = texts("/general/related_publications");
        info.lab = text("/general/lab");
        info.institution = text("/general/institution");
        info.experiment_description = text("/general/experiment_description");
        info.session_id = text("/general/session_id");
        if (const auto* general = tree_.resolve("/general"); general && general->is_group()) {
            info.general = read_fields(file_, *general, &consumed_);
            consumed_.insert(general->path);
        }
        if (!info.session_start_time.text.empty() && info.session_start_time.local_date.empty())
            result_.problems.push_back(
                {"/session_start_time", "TableCell",
                 fmt::format("'{}' is no ISO 8601 time", info.session_start_time.text)});
    }

    void read_subject() {
        const auto* node = tree_.resolve("/general/subject");
        if (node == nullptr || !node->is_group()) return;
        Subject subject;
        subject.neurodata_type = node->text_attribute("neurodata_type");
        subject.fields = read_fields(file_, *node, &consumed_);
        consumed_.insert(node->path);
        const auto take = [&](std::string_view name) -> std::string {
            for (const auto& one : subject.fields) {
                if (one.name != name) continue;
                if (const auto found = one.text()) return *found;
                if (const auto whole = one.integer()) return fmt::format("{}", *whole);
                if (const auto real = one.number()) return fmt::format("{}", *real);
            }
            return {};
        };
        subject.subject_id = take("subject_id");
        subject.species = take("species");
        subject.sex = take("sex");
        subject.genotype = take("genotype");
        subject.strain = take("strain");
        subject.description = take("description");
        subject.weight = take("weight");
        subject.age = take("age");
        subject.age_days = days_of(subject.age);
        subject.date_of_birth = time_text(take("date_of_birth"));
        if (const auto* age = tree_.child(*node, "age")) {
            if (const auto reference = age->text_attribute("reference"); !reference.empty())
                subject.age_reference = reference;
        }
        result_.subject = std::move(subject);
    }

    void visit(const hdf5::Node& node) {
        if (!node.problem.empty() && node.kind != hdf5::NodeKind::damaged)
            result_.problems.push_back({node.path, "DamagedFile", node.problem});
        if (node.is_dataset()) {
            const auto type = node.text_attribute("neurodata_type");
            if (type.ends_with("Image") && type != "ExternalImage" && node.type.is_number()) {
                result_.images.push_back({node.path, type, node.text_attribute("description"),
                                          node.type, node.shape,
                                          number_attribute(node, "resolution")});
                consumed_.insert(node.path);
            }
            return;
        }
        if (!node.is_group() || consumed_.contains(node.path)) return;
        const auto type = node.text_attribute("neurodata_type");
        if (looks_like_table(node)) {
            result_.tables.push_back(describe_table(tree_, node, consumed_));
            return;
        }
        if (looks_like_series(tree_, node)) {
            result_.series.push_back(describe_series(file_, node, consumed_));
            return;
        }
        if (type.empty()) {
            if (!node.children.empty() || node.attributes.empty()) consumed_.insert(node.path);
            return;
        }
        const Object object{node.path, type, node.text_attribute("namespace")};
        result_.objects.push_back(object);
        if (type == "Device") result_.info.devices.push_back(object);
        for (const auto& name : node.children) {
            const auto* child = tree_.child(node, name);
            if (child != nullptr && child->is_dataset() && is_field(*child))
                consumed_.insert(child->path);
        }
        // Whatever the extension that has it: its fields are kept by name.
        if (is_known_type(type)) {
            consumed_.insert(node.path);
        } else {
            unknown_.insert(node.path);
        }
    }

    static bool is_field(const hdf5::Node& node) {
        return node.n_values() <= 1024 && node.refusal.empty() &&
               node.type.kind != hdf5::ValueKind::compound &&
               node.type.kind != hdf5::ValueKind::other;
    }

    void note(const hdf5::Node& node, std::string why) {
        result_.not_understood.push_back(
            {node.path, node.text_attribute("neurodata_type"), std::move(why)});
    }

    void list_if_not_understood(const hdf5::Node& node) {
        switch (node.kind) {
            case hdf5::NodeKind::damaged:
                note(node, "cannot be opened: " + node.problem);
                return;
            case hdf5::NodeKind::external_link:
                note(node, "leads out of the file, to " + node.target + ": not followed");
                return;
            case hdf5::NodeKind::other_link:
                note(node, "a link of a kind that is not followed");
                return;
            case hdf5::NodeKind::soft_link: {
                const auto found = tree_.find(node.path);
                if (found.node == nullptr) note(node, found.problem);
                return;
            }
            case hdf5::NodeKind::alias:
                return;
            case hdf5::NodeKind::named_type:
                note(node, "a type of its own");
                return;
            default:
                break;
        }
        for (const auto& attribute : node.attributes) {
            if (attribute.problem.empty()) continue;
            result_.not_understood.push_back(
                {node.path + "@" + attribute.name, {}, attribute.problem});
        }
        if (!node.refusal.empty()) {
            note(node, node.refusal);
            return;
        }
        if (unknown_.contains(node.path)) {
            note(node, "a type of an extension: its fields are kept by name");
            return;
        }
        if (consumed_.contains(node.path)) {
            if (node.is_dataset() && node.type.kind == hdf5::ValueKind::other)
                note(node, "values of this type (" + node.type.name + ") are not read");
            return;
        }
        if (node.is_dataset()) {
            note(node, node.type.kind == hdf5::ValueKind::other
                           ? "values of this type (" + node.type.name + ") are not read"
                           : "belongs to no table, series or image");
        } else {
            note(node, "a group without a type");
        }
    }

    const hdf5::UntrustedFile& file_;
    const hdf5::Tree& tree_;
    Catalogue result_;
    Consumed consumed_;
    std::set<std::string, std::less<>> unknown_;
};

}  // namespace

Catalogue catalogue_of(const hdf5::UntrustedFile& file) {
    return Builder(file).run();
}

}  // namespace tb::nwb
