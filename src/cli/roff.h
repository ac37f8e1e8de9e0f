// Writes a manual page in the macros of man(7), so that groff and mandoc read the same.
#pragma once

#include <string>
#include <string_view>

namespace reverie {

/// Text as roff reads it: backslashes, and characters beyond ASCII, by their names; a hyphen of an
/// option or a path as the sign that can be copied, one between letters as a hyphen.
std::string roff_text(std::string_view text);

class RoffPage {
  public:
    /// The page's head. `date`: as in 2026-11-29; `source`: "reverie 0.1.0".
    RoffPage(std::string_view name, int section, std::string_view date, std::string_view source);

    void heading(std::string_view title);
    void subheading(std::string_view title);
    void paragraph(std::string_view text);
    /// A term in bold, in italics what the user puts in its place, and what it means.
    void item(std::string_view term, std::string_view placeholder, std::string_view text);
    /// Lines as they are.
    void example(std::string_view lines);

    const std::string& text() const { return text_; }

  private:
    void macro(std::string_view name, std::string_view argument = "");
    void filled(std::string_view text);

    std::string text_;
    bool after_heading_ = false;  ///< where a paragraph needs no macro of its own
};

}  // namespace reverie
