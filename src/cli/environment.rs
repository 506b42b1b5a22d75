//! The one place that reads environment variables, and what follows from them: language and folders.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::texts::Lang;

/// The value of an environment variable; an empty one counts as not set.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    let value = std::env::var_os(name)?;
    (!value.is_empty()).then_some(value)
}

/// The value of an environment variable that must be text; `None` also when it is not UTF-8.
pub(crate) fn text(name: &str) -> Option<String> {
    variable(name)?.into_string().ok()
}

/// The language before anything is parsed: `--lang`, `CONGVAN_LANG`, then the locale.
pub(crate) fn language(arguments: &[OsString]) -> Lang {
    let flag = flag_value(arguments, "--lang");
    let named = flag.or_else(|| text("CONGVAN_LANG")).and_then(|value| named(&value));
    named.unwrap_or_else(|| locale(&["LC_ALL", "LC_MESSAGES", "LANG"].map(text)))
}

fn flag_value(arguments: &[OsString], flag: &str) -> Option<String> {
    let mut words = arguments.iter().skip(1).take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        if word == flag {
            return words.next().and_then(|value| value.to_str()).map(str::to_owned);
        }
        let value = word.to_str().and_then(|word| word.strip_prefix(flag)).and_then(|rest| rest.strip_prefix('='));
        if let Some(value) = value {
            return Some(value.to_owned());
        }
    }
    None
}

fn named(value: &str) -> Option<Lang> {
    match value {
        "vi" => Some(Lang::Vi),
        "en" => Some(Lang::En),
        _ => None,
    }
}

/// The first variable that is set decides (POSIX, Base Definitions 8.2). Where none is, English, but Vietnamese on
/// Windows, which has no such variables and whose users here are Vietnamese offices.
fn locale(variables: &[Option<String>]) -> Lang {
    match variables.iter().flatten().next() {
        Some(value) if value == "vi" || value.starts_with("vi_") || value.starts_with("vi.") => Lang::Vi,
        Some(_) => Lang::En,
        None if cfg!(windows) => Lang::Vi,
        None => Lang::En,
    }
}

/// Where profiles live: `$XDG_CONFIG_HOME/congvan` or `~/.config/congvan`; `%APPDATA%\congvan` on Windows.
pub(crate) fn config_folder() -> Option<PathBuf> {
    folder("XDG_CONFIG_HOME", ".config", "APPDATA")
}

/// Where journals live: `$XDG_STATE_HOME/congvan` or `~/.local/state/congvan`; `%LOCALAPPDATA%\congvan` on Windows.
pub(crate) fn state_folder() -> Option<PathBuf> {
    folder("XDG_STATE_HOME", ".local/state", "LOCALAPPDATA")
}

fn folder(xdg: &str, below_home: &str, windows: &str) -> Option<PathBuf> {
    let absolute = |value: OsString| Some(PathBuf::from(value)).filter(|path| path.is_absolute());
    let base = if cfg!(windows) {
        variable(windows).and_then(absolute)
    } else {
        variable(xdg).and_then(absolute).or_else(|| variable("HOME").and_then(absolute).map(|h| h.join(below_home)))
    };
    base.map(|base| base.join("congvan"))
}

/// Splits a list of paths the way `PATH` is split on this system.
pub(crate) fn path_list(value: &OsStr) -> Vec<PathBuf> {
    std::env::split_paths(value).filter(|path| !path.as_os_str().is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn the_flag_is_seen_in_both_spellings_and_not_behind_two_dashes() {
        assert_eq!(flag_value(&words("congvan verify --lang vi"), "--lang").as_deref(), Some("vi"));
        assert_eq!(flag_value(&words("congvan --lang=en verify"), "--lang").as_deref(), Some("en"));
        assert_eq!(flag_value(&words("congvan verify -- --lang vi"), "--lang"), None);
        assert_eq!(flag_value(&words("congvan verify --language vi"), "--lang"), None);
        assert_eq!(flag_value(&words("congvan verify --lang"), "--lang"), None);
    }

    #[test]
    fn the_first_locale_variable_that_is_set_decides() {
        let set = |values: [Option<&str>; 3]| locale(&values.map(|v| v.map(str::to_owned)));
        assert_eq!(set([None, Some("vi_VN.UTF-8"), Some("C")]), Lang::Vi);
        assert_eq!(set([Some("C.UTF-8"), Some("vi_VN.UTF-8"), None]), Lang::En);
        assert_eq!(set([None, None, Some("vi")]), Lang::Vi);
        assert_eq!(set([None, None, Some("vie")]), Lang::En);
    }
}
