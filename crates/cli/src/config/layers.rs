//! Where does each setting come from? Flag, environment, file, default: the first that has it counts.
//!
//! Values stay text here, whatever layer they are from, so that each is judged once and in one way.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use clap::Args;
use config::{File, FileFormat, Source as _, Value};

use crate::failure::Failure;

/// The settings file that is its own manual.
pub(crate) const MANUAL: &str = include_str!("../../../../config.default.toml");
const USUAL_FILE: &str = "rollcall.toml";

/// Where a value comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Source {
    /// A flag of the command line.
    Flag,
    /// An environment variable.
    Environment(String),
    /// The settings file.
    File(PathBuf),
    /// What `config.default.toml` says.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("flag"),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// Which directory.
#[derive(Args)]
pub(crate) struct DatabaseFlag {
    /// Where the directory is kept: sqlite:PATH or postgres://USER@HOST/NAME
    ///
    /// Others on this machine can read a command line: an address with a password belongs in ROLLCALL_DATABASE or
    /// in the settings file.
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
}

/// What the command line says of settings.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Flags {
    /// `--config`.
    pub(crate) file: Option<PathBuf>,
    /// The name of a setting and its value, for each flag that was given.
    pub(crate) values: Vec<(&'static str, String)>,
}

/// Every setting as text, with its source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Layers(BTreeMap<String, (String, Source)>);

impl Layers {
    /// Gathers the layers; `environment` looks a variable up.
    ///
    /// # Errors
    /// The file cannot be read, or names what is no setting.
    pub(crate) fn gather(
        flags: &Flags,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Failure> {
        let mut all = BTreeMap::new();
        for (name, value) in read(MANUAL).map_err(Failure::Usage)? {
            all.insert(name, (value, Source::Default));
        }
        let chosen = flags.file.clone().or_else(|| environment("ROLLCALL_CONFIG").map(PathBuf::from));
        let usual = || Some(PathBuf::from(USUAL_FILE)).filter(|path| path.is_file());
        if let Some(path) = chosen.or_else(usual) {
            put_file(&mut all, &path)?;
        }
        for (name, entry) in &mut all {
            let variable = format!("ROLLCALL_{}", name.to_uppercase());
            if let Some(value) = environment(&variable) {
                *entry = (value, Source::Environment(variable));
            }
        }
        for (name, value) in &flags.values {
            all.insert((*name).to_owned(), (value.clone(), Source::Flag));
        }
        Ok(Self(all))
    }

    /// The value of a setting and where it comes from.
    pub(crate) fn get(&self, name: &str) -> (&str, &Source) {
        self.0.get(name).map_or(("", &Source::Default), |(value, source)| (value, source))
    }
}

fn put_file(all: &mut BTreeMap<String, (String, Source)>, path: &Path) -> Result<(), Failure> {
    let usage = |cause: String| Failure::Usage(format!("the settings file `{}`: {cause}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| usage(error.to_string()))?;
    for (name, value) in read(&text).map_err(usage)? {
        let known = all.get_mut(&name).ok_or_else(|| {
            usage(format!("`{name}` is no setting; config.default.toml of this version names them all"))
        })?;
        *known = (value, Source::File(path.to_owned()));
    }
    Ok(())
}

/// The names and values of a text in TOML.
fn read(text: &str) -> Result<Vec<(String, String)>, String> {
    let values = File::from_str(text, FileFormat::Toml).collect().map_err(|error| error.to_string())?;
    values
        .into_iter()
        .map(|(name, value)| match as_text(value) {
            Some(value) => Ok((name, value)),
            None => Err(format!("`{name}` is no setting, or is not one value or a list")),
        })
        .collect()
}

fn as_text(value: Value) -> Option<String> {
    match value.clone().into_array() {
        Ok(list) => {
            let texts: Option<Vec<String>> = list.into_iter().map(|value| value.into_string().ok()).collect();
            Some(texts?.join(","))
        }
        Err(_) => value.into_string().ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gather(flags: &Flags, environment: &[(&str, &str)]) -> Result<Layers, Failure> {
        Layers::gather(flags, |name| {
            environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_nearest_layer_counts() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings.toml");
        std::fs::write(
            &file,
            "listen = \"a\"\naudience = \"b\"\nidle_timeout = 7\ntrusted_proxies = [\"::1\", \"10.0.0.0/8\"]",
        )
        .unwrap();
        let flags = Flags { file: Some(file.clone()), values: vec![("listen", "flag".to_owned())] };
        let layers = gather(&flags, &[("ROLLCALL_LISTEN", "env"), ("ROLLCALL_AUDIENCE", "env")]).unwrap();
        assert_eq!(layers.get("listen"), ("flag", &Source::Flag));
        assert_eq!(layers.get("audience"), ("env", &Source::Environment("ROLLCALL_AUDIENCE".to_owned())));
        assert_eq!(layers.get("idle_timeout"), ("7", &Source::File(file)));
        assert_eq!(layers.get("trusted_proxies").0, "::1,10.0.0.0/8");
        assert_eq!(layers.get("log_level"), ("info", &Source::Default));
    }

    #[test]
    fn an_unknown_name_in_the_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        for (text, named) in
            [("lisen = \"a\"", "`lisen`"), ("[listen]\na = 1", "`listen`"), ("= 1", "settings.toml")]
        {
            let file = folder.path().join("settings.toml");
            std::fs::write(&file, text).unwrap();
            let Err(Failure::Usage(told)) = gather(&Flags { file: Some(file), values: Vec::new() }, &[])
            else {
                unreachable!("{text} was taken")
            };
            assert!(told.contains(named), "{told}");
        }
    }
}
