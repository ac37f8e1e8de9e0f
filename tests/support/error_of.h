// What a call says when it fails.
#pragma once

#include <string>

#include "src/util/error.h"

namespace reverie::test {

/// The line of the Error that `f` throws; "": it throws none.
template <class F>
std::string error_of(F f) {
    try {
        f();
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

}  // namespace reverie::test
