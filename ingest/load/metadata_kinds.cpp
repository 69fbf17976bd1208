#include "ingest/load/metadata_kinds.hpp"

#include "src/base/nearest.hpp"
#include "trialbase/error.hpp"

namespace tb::load {
namespace {

using Type = MetadataType;

MetadataColumn key(std::string name, std::vector<std::string> others, Type type, std::string about,
                   std::string example) {
    return {std::move(name), std::move(others), type, true, std::move(about), std::move(example)};
}
MetadataColumn value(std::string name, std::vector<std::string> others, Type type,
                     std::string about, std::string example) {
    return {std::move(name), std::move(others), type, false, std::move(about), std::move(example)};
}

MetadataColumn lab_key() {
    return key("lab", {"lab_name"}, Type::text, "short name of the lab (or --lab)", "mainenlab");
}
MetadataColumn subject_key() {
    return key("subject", {"nickname", "subject_nickname"}, Type::text,
               "name of the subject within its lab", "ZM_1897");
}
MetadataColumn user(std::string about) {
    return value("user_name", {"user", "person"}, Type::text, std::move(about), "ines");
}

}  // namespace

const std::vector<MetadataKind>& metadata_kinds() {
    static const std::vector<MetadataKind> kinds{
        {"labs",
         "lab",
         "laboratories; key: lab",
         {lab_key(),
          value("institution", {}, Type::text, "institution that the lab belongs to",
                "Champalimaud Foundation"),
          value("institution_short", {}, Type::text, "its short name, as figures label it", "CCU"),
          value("address", {}, Type::text, "postal address", "Av. Brasilia, Lisbon"),
          value("time_zone", {}, Type::time_zone, "IANA name of the zone of the rigs' clocks",
                "Europe/Lisbon"),
          value("reference_weight_fraction", {}, Type::fraction,
                "weight of the reference weighing in the expected weight, 0 to 1", "0.85"),
          value("zscore_weight_fraction", {}, Type::fraction,
                "weight of the age-matched z-score in the expected weight, 0 to 1", "0")}},
        {"members",
         "member",
         "people and, with lab, their membership; key: user_name",
         {key("user_name", {"user", "person"}, Type::text, "login name or pseudonym", "ines"),
          value("first_name", {}, Type::text, "given name", "Ines"),
          value("last_name", {}, Type::text, "family name", "Silva"),
          value("email", {}, Type::text, "mail address", "ines@example.org"),
          value("is_active", {}, Type::boolean, "whether the person still works here", "true"),
          value("lab", {"lab_name"}, Type::text, "lab that the person belongs to", "mainenlab"),
          value("role", {}, Type::text, "role in the lab", "postdoc"),
          value("start_date", {}, Type::date, "first day in the lab", "2019-01-15"),
          value("end_date", {}, Type::date, "last day in the lab", "")}},
        {"subjects",
         "subject",
         "animals; key: lab and subject",
         {lab_key(), subject_key(), value("sex", {}, Type::sex, "M, F or U (not known)", "F"),
          value("birth_date", {"birth", "date_of_birth"}, Type::date, "day of birth", "2019-02-03"),
          value("wean_date", {}, Type::date, "day of weaning", "2019-02-24"),
          value("death_date", {"death"}, Type::date, "day of death", ""),
          value("species", {"species_name"}, Type::text, "species", "Mus musculus"),
          value("strain", {"strain_name"}, Type::text, "genetic background", "C57BL/6J"),
          value("line", {"line_name"}, Type::text, "breeding line", "Dat-Cre"),
          value("source", {"source_name"}, Type::text, "breeder or lab that it comes from",
                "Charles River"),
          value("responsible_user", {"responsible"}, Type::text, "person responsible", "ines"),
          value("project", {"project_name"}, Type::text, "a project of the subject",
                "ibl_behavioral_task"),
          value("protocol_number", {}, Type::integer, "number of the animal protocol", "3"),
          value("ear_mark", {}, Type::text, "mark on the ear", "LR"),
          value("description", {}, Type::text, "remarks", "")}},
        {"weighings",
         "weighing",
         "weights; key: lab, subject and weighed_at",
         {lab_key(), subject_key(),
          key("weighed_at", {"date_time", "time"}, Type::time,
              "when: 2019-05-04T09:30, on the lab's clock unless it has an offset",
              "2019-05-04T09:30"),
          key("weight_g", {"weight"}, Type::number, "weight, implant included [g]", "23.4"),
          user("who weighed it")}},
        {"water",
         "water",
         "water given; key: lab, subject and administered_at",
         {lab_key(), subject_key(),
          key("administered_at", {"date_time", "time"}, Type::time,
              "when: 2019-05-04T17:00, on the lab's clock unless it has an offset",
              "2019-05-04T17:00"),
          value("volume_ml", {"volume", "water_administered"}, Type::number, "volume given [mL]",
                "1.2"),
          value("is_ad_libitum", {"adlib"}, Type::boolean, "true when it could drink as it liked",
                "false"),
          value("water_type", {"water_type_name"}, Type::text, "kind of fluid, of core.water_type",
                "Water"),
          user("who gave it")}}};
    return kinds;
}

const MetadataKind& metadata_kind(std::string_view name) {
    std::vector<std::string> names;
    for (const auto& kind : metadata_kinds()) {
        if (kind.name == name) return kind;
        names.push_back(kind.name);
    }
    throw Error(ErrorKind::usage, "no table of metadata is called " + std::string(name),
                suggestion(name, names, "Tables"));
}

std::string metadata_template(const MetadataKind& kind) {
    std::string header, row;
    for (const auto& column : kind.columns) {
        const bool is_first = &column == &kind.columns.front();
        header += (is_first ? "" : ",") + column.name;
        const bool is_quoted = column.example.find(',') != std::string::npos;
        row += (is_first ? "" : ",") + (is_quoted ? "\"" + column.example + "\"" : column.example);
    }
    return header + "\n" + row + "\n";
}

}  // namespace tb::load
