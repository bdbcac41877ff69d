// See authselect.h.
#include "common/conf/authselect.h"

namespace ntp {
namespace {

SelectionOptions raised(SelectionOptions options) {
  if (!options.noselect) options.trust = options.require = true;
  return options;
}

}  // namespace

bool asks_authenticated(const SourceSettings& source) { return source.key != 0 || source.nts; }

void AuthSelection::count(const SourceSettings& source) {
  if (source.selection.noselect) return;
  (asks_authenticated(source) ? has_authenticated_ : has_others_) = true;
}

// Without others there is nobody against whom an authenticated source would need the word.
bool AuthSelection::is_mixed() const {
  return mode_ == AuthSelectMode::mix && has_authenticated_ && has_others_;
}

SelectionOptions AuthSelection::of(const SourceSettings& source) const {
  const bool is_left_out =
      mode_ == AuthSelectMode::require || (mode_ == AuthSelectMode::prefer && has_authenticated_);
  SelectionOptions options = source.selection;
  if (asks_authenticated(source)) return is_mixed() ? raised(options) : options;
  options.noselect |= is_left_out;
  return options;
}

SelectionOptions AuthSelection::of(const RefclockSettings& clock) const {
  return is_mixed() ? raised(clock.selection) : clock.selection;
}

AuthSelection authselection(const Settings& settings) {
  AuthSelection selection{settings.selection.authselectmode};
  for (const SourceSettings& source : settings.sources) selection.count(source);
  return selection;
}

}  // namespace ntp
