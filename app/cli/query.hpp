// Named queries: declared (query_declaration.hpp) and run (query_run.hpp).
#pragma once

#include "app/cli/query_declaration.hpp"
#include "app/cli/query_run.hpp"
