// What the program says: what was asked for on the standard output, all else on stderr. Printing
// never fails: work goes on where nobody reads what is said about it, and what the standard output
// did not take is told once, at the end, by finish_output().
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace reverie {

/// Thread-safety: may be called from any thread, as stdio.
void write_out(std::string_view text);
void write_err(std::string_view text);

template <class... T>
void print_out(fmt::format_string<T...> format, T&&... arguments) {
    write_out(fmt::format(format, std::forward<T>(arguments)...));
}

template <class... T>
void print_err(fmt::format_string<T...> format, T&&... arguments) {
    write_err(fmt::format(format, std::forward<T>(arguments)...));
}

/// Flushes the standard output. 0 where it has taken all of print_out(), else the errno of the
/// first failure: EPIPE where its reader has closed it.
int finish_output();

/// Ends the process as a closed pipe ends other programs (`ls | head -1`): by SIGPIPE, without a
/// word, since the reader has what it wanted.
[[noreturn]] void end_for_closed_output();

/// Opens those of the three standard streams that are closed, so that they fail as closed ones do.
/// Else the first file that is opened would take a closed one's number, and what is printed would
/// go into it.
void occupy_standard_streams();

}  // namespace reverie
