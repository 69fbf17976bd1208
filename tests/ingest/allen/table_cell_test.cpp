#include "ingest/allen/table_cell.hpp"

#include "include/trialbase/error.hpp"

#include <gtest/gtest.h>

namespace tb::allen {
namespace {

using Integers = std::vector<std::int64_t>;
using Texts = std::vector<std::string>;

TEST(TableCell, IsMissingWhenItIsEmpty) {
    for (const auto kind : {CellKind::integer, CellKind::number, CellKind::boolean, CellKind::text,
                            CellKind::date, CellKind::integer_list, CellKind::text_list})
        EXPECT_EQ(parse_cell("", kind), CellValue());
    EXPECT_EQ(parse_cell("nan", CellKind::integer), CellValue());
    EXPECT_EQ(parse_cell("<NA>", CellKind::number), CellValue());
    EXPECT_EQ(parse_cell("None", CellKind::text), CellValue(std::string("None")));
}

TEST(TableCell, TakesIntegersThatPandasWroteAsFloats) {
    EXPECT_EQ(parse_cell("951410079.0", CellKind::integer), CellValue(std::int64_t{951410079}));
    EXPECT_EQ(parse_cell("-999", CellKind::integer), CellValue(std::int64_t{-999}));
    EXPECT_EQ(parse_cell("9223372036854775807", CellKind::integer),
              CellValue(std::int64_t{9223372036854775807}));
}

TEST(TableCell, ReadsListsOfPython) {
    EXPECT_EQ(parse_cell("[951980471, 951980473]", CellKind::integer_list),
              CellValue(Integers{951980471, 951980473}));
    EXPECT_EQ(parse_cell("[ 1,2.0 ,3 ]", CellKind::integer_list), CellValue(Integers{1, 2, 3}));
    EXPECT_EQ(parse_cell("[]", CellKind::integer_list), CellValue(Integers{}));
    EXPECT_EQ(parse_cell("1018028342", CellKind::integer_list), CellValue(Integers{1018028342}));
    EXPECT_EQ(parse_cell("['Slc17a7-IRES2-Cre', 'Camk2a-tTA']", CellKind::text_list),
              CellValue(Texts{"Slc17a7-IRES2-Cre", "Camk2a-tTA"}));
    EXPECT_EQ(parse_cell(R"(["it's", 'a "b", c]', 'd\'e'])", CellKind::text_list),
              CellValue(Texts{"it's", "a \"b\", c]", "d'e"}));
    EXPECT_EQ(parse_cell("Sst-IRES-Cre", CellKind::text_list), CellValue(Texts{"Sst-IRES-Cre"}));
}

TEST(TableCell, ReadsDatesOnTheLabsClock) {
    const auto read = [](std::string_view cell) {
        return std::get<std::string>(parse_cell(cell, CellKind::date));
    };
    EXPECT_EQ(read("2019-05-17 14:46:33.550000+00:00"), "2019-05-17 14:46:33.550000");
    EXPECT_EQ(read("2019-09-20 09:59:38.837"), "2019-09-20 09:59:38.837000");
    EXPECT_EQ(read("2019-09-20T09:59:38Z"), "2019-09-20 09:59:38.000000");
    // A zone that is not the false label is meant.
    EXPECT_EQ(read("2019-09-20 09:59:38-07:00"), "2019-09-20 09:59:38.000000-07:00");
    EXPECT_EQ(read("2020-02-29 00:00:00"), "2020-02-29 00:00:00.000000");
}

TEST(TableCell, RefusesWhatItsKindDoesNotHold) {
    const auto refuses = [](std::string_view cell, CellKind kind) {
        try {
            (void)parse_cell(cell, kind);
        } catch (const Error& error) {
            EXPECT_EQ(error.type(), "TableCell") << cell;
            EXPECT_EQ(error.kind(), ErrorKind::data) << cell;
            return;
        }
        ADD_FAILURE() << cell << " was taken";
    };
    for (const auto* cell : {"1.5", "12a", "1e5", "99999999999999999999", "-", "."})
        refuses(cell, CellKind::integer);
    for (const auto* cell : {"inf", "1,5", "1 um"}) refuses(cell, CellKind::number);
    for (const auto* cell : {"yes", "2"}) refuses(cell, CellKind::boolean);
    for (const auto* cell :
         {"[1, 2", "[1 2]", "[1, x]", "[1,,2]", "[1] 2", "[None]", "x", "[", "['1']"})
        refuses(cell, CellKind::integer_list);
    for (const auto* cell : {"['a'", "['a' 'b']", "['a]", "[a]", "['a'] b", "['\\x41']", "[1]"})
        refuses(cell, CellKind::text_list);
    for (const auto* cell :
         {"yesterday", "2019-05-17", "2019-02-29 10:00:00", "2019-13-01 10:00:00",
          "2019-05-17 25:00:00", "2019-05-17 10:00:00 PST", "2019-05-17 10:00:00.",
          "17.05.2019 10:00:00"})
        refuses(cell, CellKind::date);
}

}  // namespace
}  // namespace tb::allen
