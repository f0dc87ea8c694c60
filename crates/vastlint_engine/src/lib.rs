//! Walks a repository, reads and parses it in parallel, runs the rules and returns a [`Report`]. Owns all IO, order
//! and threads; prints nothing.

mod baseline;
mod config;
mod error;
mod fingerprints;
mod fix;
mod git;
mod init;
mod input;
mod replace;
mod report;
mod repository;
mod run;
mod suppress;
mod timings;
mod touched;
mod walk;

pub use baseline::{
    BASELINE_FILE, Baseline, BaselineChoice, BaselineUpdate, BaselineUse, Entry, Hash, Update,
    update_baseline,
};
pub use config::{
    CONFIG_FILE, ConfigChoice, ConfigOverride, ConfigValue, Origin, ResolvedConfig, config_schema,
    config_schema_text, resolve_config,
};
pub use error::{ConfigError, Error};
pub use fix::{Change, Fixed, WriteFailure, fix, write};
pub use init::{InitOptions, Initialised, Outcome, init};
pub use input::{Input, InputContent};
pub use replace::write_file;
pub use report::{AllFingerprints, Report, SourceFile, Summary};
pub use repository::Repository;
pub use repository::editing::OpenTexts;
pub use repository::two_steps::{Analysis, Preview, RulePanic, needs_everything};
pub use run::{Options, Progress, Selector, StdinFile, analyse_inputs, check};
pub use suppress::{Suppressed, UnfitReason, add_ignores, with_ignore};
pub use timings::Timings;
pub use touched::Touched;
